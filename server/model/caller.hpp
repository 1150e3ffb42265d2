// Who makes a request, and so which resources there are for it.
//
// Each account in each region is a world of its own: tables, streams, functions and mappings of one are unknown to
// another. None has to be made: the credential scope of a request's signature says which is meant.
#pragma once

#include <string>
#include <string_view>

#include "server/model/arn.hpp"

namespace millrace::model {

struct Caller {
  Account account{};       ///< whose resources it sees and makes, and where they are
  std::string key_id{};    ///< the access key; empty when the request names none
  bool shares_all{false};  ///< there is one world for everybody, and an ARN of any account and region means it

  /// Whether an ARN with this region and account is one of the caller's world.
  [[nodiscard]] bool is_meant_by(std::string_view region, std::string_view account_id) const;
};

/// Whether `text` can be a region: AWS's or not, unless an ARN with it could not be taken apart again.
[[nodiscard]] bool is_region(std::string_view text);

/// How callers are told apart. Immutable: any thread.
struct Worlds {
  Account home{};      ///< of requests that name no other, and of what command line flags make
  bool shared{false};  ///< all are one: `home`

  /// The caller that signs with `credential`, `KEY/DATE/REGION/SERVICE/aws4_request`. A key of 12 digits is an account,
  /// any other key stands for the account of `home`; a scope without a region that can stand in an ARN is for the
  /// region of `home`. A text of another shape is the caller at home.
  [[nodiscard]] Caller caller(std::string_view credential) const;
  /// The caller of requests without credentials.
  [[nodiscard]] Caller caller_at_home() const;
};

}  // namespace millrace::model
