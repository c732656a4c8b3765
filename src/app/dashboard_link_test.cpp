#include "app/dashboard_link.h"

#include <gtest/gtest.h>

namespace tallygate::app {
namespace {

TEST(DashboardLink, IsWhereTheServerListens) {
    EXPECT_EQ(dashboard_address("127.0.0.1", 8000), "http://127.0.0.1:8000/tallygate/");
    EXPECT_EQ(dashboard_address("gateway.example", 80), "http://gateway.example:80/tallygate/");
    EXPECT_EQ(dashboard_address("2001:db8::7", 8000), "http://[2001:db8::7]:8000/tallygate/");
}

TEST(DashboardLink, LeadsToThisMachineWhereEveryAddressIsListenedOn) {
    EXPECT_EQ(dashboard_address("0.0.0.0", 8000), "http://127.0.0.1:8000/tallygate/");
    EXPECT_EQ(dashboard_address("::", 8000), "http://[::1]:8000/tallygate/");
    EXPECT_TRUE(is_wildcard("0.0.0.0") && is_wildcard("::"));
    EXPECT_FALSE(is_wildcard("127.0.0.1") || is_wildcard("::1") || is_wildcard("localhost"));
}

TEST(DashboardLink, HasTheTokenInTheFragment) {
    EXPECT_EQ(sign_in_link("http://127.0.0.1:8000/tallygate/", "eyJ0.eyJz.c2ln"),
              "http://127.0.0.1:8000/tallygate/#token=eyJ0.eyJz.c2ln");
}

}  // namespace
}  // namespace tallygate::app
