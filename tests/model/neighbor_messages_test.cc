// ARP and neighbour discovery byte by byte.
#include "netcfg/model/neighbor_messages.h"

#include <gmock/gmock.h>

namespace netcfg::test {
namespace {

using testing::ElementsAre;

const Mac kOwn{{2, 0, 0, 0, 0, 1}};
const Ip kOne = *parse_ip("192.0.2.1"), kTwo = *parse_ip("192.0.2.2");
const Ip kSix = *parse_ip("2001:db8::a1:b2c3");

TEST(Arp, Requests) {
  EXPECT_THAT(arp_request(kOwn, kOne, kTwo), ElementsAre(0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2,
                                                         1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2));
  // Like one that looks for duplicates.
  EXPECT_THAT(arp_request(kOwn, {}, kTwo), ElementsAre(0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0,
                                                       0, 0, 0, 0, 0, 0, 192, 0, 2, 2));
}

TEST(Arp, Replies) {
  ArpBytes reply = arp_request(kOwn, kOne, kTwo);
  EXPECT_FALSE(is_arp_reply(reply, kOne)) << "it is a request";
  reply[7] = 2;
  EXPECT_TRUE(is_arp_reply(reply, kOne));
  EXPECT_FALSE(is_arp_reply(reply, kTwo));
  EXPECT_FALSE(is_arp_reply({reply.data(), reply.size() - 1}, kOne)) << "a part of one";
}

TEST(NeighborDiscovery, Messages) {
  EXPECT_THAT(neighbor_solicitation(kOwn, kSix),
              ElementsAre(135, 0, 0, 0, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xa1,
                          0xb2, 0xc3, 1, 1, 2, 0, 0, 0, 0, 1));
  NdBytes advertisement = neighbor_advertisement(kOwn, kSix, false);
  EXPECT_EQ(advertisement[0], 136);
  EXPECT_EQ(advertisement[4], 0x20) << "override";
  EXPECT_EQ(advertisement[24], 2) << "the target's address";
  EXPECT_EQ(neighbor_advertisement(kOwn, kSix, true)[4], 0xa0) << "router, override";
  EXPECT_TRUE(is_neighbor_advertisement(advertisement, kSix));
  EXPECT_FALSE(is_neighbor_advertisement(neighbor_solicitation(kOwn, kSix), kSix));
  EXPECT_FALSE(is_neighbor_advertisement({advertisement.data(), 23}, kSix)) << "a part of one";
  EXPECT_EQ(to_string(solicited_node(kSix)), "ff02::1:ffa1:b2c3");
}

}  // namespace
}  // namespace netcfg::test
