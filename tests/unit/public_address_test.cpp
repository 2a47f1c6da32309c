#include "catch.hpp"
#include "http/client/public_address.hpp"

using smelt::http::is_public;

TEST_CASE("addresses of this machine, of private networks and of metadata services are not public") {
    const auto of = [](const char *text) { return is_public(boost::asio::ip::make_address(text)); };
    for (const auto *own : {"127.0.0.1",
                            "127.8.8.8",
                            "0.0.0.0",
                            "10.0.0.1",
                            "172.16.0.1",
                            "172.31.255.255",
                            "192.168.1.1",
                            "169.254.169.254",
                            "100.64.0.1",
                            "192.0.2.1",
                            "198.18.0.1",
                            "224.0.0.1",
                            "255.255.255.255",
                            "::1",
                            "::",
                            "fe80::1",
                            "fc00::1",
                            "fd00:ec2::254",
                            "ff02::1",
                            "::ffff:127.0.0.1",
                            "::ffff:169.254.169.254",
                            "::127.0.0.1",
                            "64:ff9b::a9fe:a9fe",
                            "2002:7f00:1::",
                            "2001:db8::1",
                            "2001::1"}) {
        CAPTURE(own);
        CHECK_FALSE(of(own));
    }
    for (const auto *world : {"8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "193.0.0.1", "2606:4700::1111",
                              "2a00:1450:4001:830::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
        CAPTURE(world);
        CHECK(of(world));
    }
}
