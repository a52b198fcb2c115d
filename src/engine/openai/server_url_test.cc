#include "engine/openai/server_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ServerUrl, PartsOfAUrl) {
  const ServerUrl a = ParseServerUrl("http://example.org:8000/a/b/").value();
  EXPECT_EQ(a.host, "example.org");
  EXPECT_EQ(a.port, 8000);
  EXPECT_EQ(a.path, "/a/b");
  EXPECT_EQ(a.text, "http://example.org:8000/a/b");
  EXPECT_EQ(a.HostField(), "example.org:8000");
  const ServerUrl b = ParseServerUrl("HTTPS://[::1]/v1").value();
  EXPECT_EQ(b.scheme, ServerUrl::Scheme::kHttps);
  EXPECT_EQ(b.host, "::1");
  EXPECT_EQ(b.port, 443);
  EXPECT_EQ(b.path, "");
  EXPECT_EQ(b.text, "https://[::1]");
  const ServerUrl c = ParseServerUrl("unix:///tmp/x.sock").value();
  EXPECT_EQ(c.socket_path, "/tmp/x.sock");
  EXPECT_EQ(c.text, "unix:/tmp/x.sock");
}

TEST(ServerUrl, WhatIsNoUrlIsRefused) {
  for (const char* text :
       {"", "localhost:8000", "ftp://x", "http://", "http://x:0", "http://x:65536",
        "http://x:", "http://x:8a", "http://[::1", "http://[::1]8", "http://::1:80", "unix:x",
        "http://a b", "http://x/?key=1", "http://x/#a"}) {
    EXPECT_FALSE(ParseServerUrl(text).has_value()) << text;
  }
}

TEST(ServerUrl, CredentialsAreRefusedAndNotRepeated) {
  for (const char* text : {"http://me:secret@x", "https://secret@x/", "http://x?k=secret"}) {
    const auto url = ParseServerUrl(text);
    ASSERT_FALSE(url.has_value());
    EXPECT_THAT(url.error().message, Not(HasSubstr("secret")));
  }
}

TEST(ServerUrl, AProxyIsTakenUnlessTheHostIsExcepted) {
  const ProxyEnvironment e{"http://u:p%40ss@proxy:3128", "proxy:3129",
                           "localhost, .inner.org,[::1]"};
  const auto proxy = [&](const char* url) {
    return ProxyFor(ParseServerUrl(url).value(), e).value();
  };
  EXPECT_EQ(proxy("http://example.org")->url.text, "http://proxy:3128");
  EXPECT_EQ(proxy("http://example.org")->credentials, "u:p@ss");
  EXPECT_EQ(proxy("https://example.org")->url.text, "http://proxy:3129");
  EXPECT_FALSE(proxy("http://localhost:80").has_value());
  EXPECT_FALSE(proxy("http://a.inner.org").has_value());
  EXPECT_FALSE(proxy("http://inner.org").has_value());
  EXPECT_TRUE(proxy("http://dinner.org").has_value());
  EXPECT_FALSE(proxy("http://[::1]:9").has_value());
  EXPECT_FALSE(proxy("unix:/x").has_value());
  EXPECT_FALSE(ProxyFor(ParseServerUrl("http://x").value(), {"http://p", "", "*"}).value());
  EXPECT_FALSE(ProxyFor(ParseServerUrl("http://x").value(), {"socks5://p", "", ""}).has_value());
}

}  // namespace
}  // namespace assay
