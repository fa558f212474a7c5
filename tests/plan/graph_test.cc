#include "netcfg/plan/graph.h"

#include <gmock/gmock.h>

namespace netcfg {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::Optional;

TEST(Graph, RanksDecideWhereNothingElseDoes) {
  Graph graph;
  Graph::Node late = graph.add(2), early = graph.add(1), also_late = graph.add(2);
  EXPECT_THAT(graph.order(), Optional(ElementsAre(early, late, also_late)));
  graph.edge(also_late, early);
  EXPECT_THAT(graph.order(), Optional(ElementsAre(late, also_late, early)));
}

TEST(Graph, AWishHoldsUntilItWouldMakeACircle) {
  Graph graph;
  Graph::Node a = graph.add(1), b = graph.add(1), c = graph.add(1);
  graph.prefer(c, a);
  EXPECT_THAT(graph.order(), Optional(ElementsAre(b, c, a)));
  graph.edge(a, b);
  graph.edge(b, c);
  EXPECT_THAT(graph.order(), Optional(ElementsAre(a, b, c)));
}

TEST(Graph, OfWishesThatContradictEachOtherOneHolds) {
  Graph graph;
  Graph::Node a = graph.add(1), b = graph.add(1), c = graph.add(1);
  graph.prefer(a, b);
  graph.prefer(b, a);
  graph.prefer(b, c);
  EXPECT_THAT(graph.order(), Optional(ElementsAre(a, b, c)));
}

TEST(Graph, ACircleOfEdgesIsNamed) {
  Graph graph;
  Graph::Node a = graph.add(1), b = graph.add(1), c = graph.add(1);
  graph.edge(a, b);
  graph.edge(b, c);
  graph.edge(c, b);
  EXPECT_THAT(graph.order(), Eq(std::nullopt));
  EXPECT_THAT(graph.circle(), testing::UnorderedElementsAre(b, c));
}

}  // namespace
}  // namespace netcfg
