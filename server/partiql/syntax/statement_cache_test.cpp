#include "server/partiql/syntax/statement_cache.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <string>
#include <vector>

#include "server/partiql/syntax/parser.hpp"

namespace millrace::partiql {
namespace {

TEST(StatementCache, SharesOneStatementPerText) {
  StatementCache cache;
  const auto first = cache.get("SELECT * FROM Music WHERE Artist = ?");
  const auto again = cache.get("SELECT * FROM Music WHERE Artist = ?");
  const auto other = cache.get("SELECT * FROM Music WHERE Artist = 'a'");
  EXPECT_EQ(first->get(), again->get());
  EXPECT_NE(first->get(), other->get());
  EXPECT_EQ(cache.size(), 2U);
}

TEST(StatementCache, DoesNotKeepWhatDoesNotParse) {
  StatementCache cache;
  EXPECT_TRUE(cache.get("SELECT * FROM").has_error());
  EXPECT_EQ(cache.size(), 0U);
}

/// What the allocator has given out, in bytes.
std::size_t allocated() { return ::mallinfo2().uordblks; }

/// `head`, then as many `part`s as a statement has room for, then `tail`.
std::string filled(std::string head, std::string_view part, std::string_view tail) {
  while (head.size() + part.size() + tail.size() < kMaxStatementCharacters) head.append(part);
  return head.append(tail);
}

TEST(StatementCache, TakesNoMoreThanItSays) {
  // Per byte of text nothing weighs more than these.
  const std::vector<std::string> texts{
      "SELECT * FROM t",
      filled("SELECT a", ",a", " FROM t"),
      filled("SELECT a", ",a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", " FROM t"),
      filled("SELECT a", ",a[0][0][0][0][0][0][0][0][0][0]", " FROM t"),
      filled("SELECT * FROM t WHERE a=1", " AND a=1", ""),
      filled("SELECT * FROM t WHERE a IN [1", ",1", "]"),
      filled("SELECT * FROM t WHERE a IN (?", ",?", ")"),
      filled("SELECT * FROM t WHERE NOT a=b", " OR NOT a=b", ""),
      filled("SELECT * FROM t ORDER BY a", ",a", ""),
      filled("INSERT INTO t VALUE {'k':[1", ",1", "]}"),
      filled("INSERT INTO t VALUE {'k':[[]", ",[]", "]}"),
      filled("INSERT INTO t VALUE {'k':[{}", ",{}", "]}"),
      filled("INSERT INTO t VALUE {'k':[?", ",?", "]}"),
      filled("INSERT INTO t VALUE {'k':[{'a':?}", ",{'a':?}", "]}"),
      filled("INSERT INTO t VALUE {'k':<<1", ",1", ">>}"),
      filled("UPDATE t SET a=1", " SET a=1", " WHERE k=1"),
      filled("UPDATE t REMOVE a", " REMOVE a", " WHERE k=1"),
  };
  for (const auto& text : texts) {
    const std::size_t before = allocated();
    const auto statement = parse_statement(text);
    if (statement.has_error()) {
      ADD_FAILURE() << text.substr(0, 40) << ": " << statement.error().message;
      continue;
    }
    EXPECT_LE(allocated() - before, expression::footprint_of(text)) << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace millrace::partiql
