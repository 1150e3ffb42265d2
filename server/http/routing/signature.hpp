// Signature Version 4, checked when the user asks for it (`--auth sigv4`): API reference, 1.5, rows 4 to 12, in AWS's
// order and with AWS's texts.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/http/message/request_parser.hpp"
#include "server/model/access_key.hpp"
#include "server/time/real_time.hpp"

namespace millrace::http {

/// What a request says of its signature, in its Authorization field or, decoded, in its query.
struct SignatureParts {
  std::string algorithm;
  std::string credential;
  std::string signed_headers;
  std::string signature;
  std::string date;            ///< X-Amz-Date, or the Date field
  std::string security_token;  ///< empty for none
};

class SignatureVerifier {
 public:
  /// `time` outlives the verifier: clients sign with the machine's clock, whatever emulated time it is.
  SignatureVerifier(const std::vector<model::AccessKey>& keys, const RealTime& time);

  /// Rows 4 to 7: what comes before the shape of the credential is looked at.
  [[nodiscard]] Result<void> check_form(const SignatureParts& parts) const;
  /// Rows 9 to 12. The credential has its five elements. `payload` is signing::payload_hash() of the body.
  [[nodiscard]] Result<void> check_signature(const RequestHead& head, const SignatureParts& parts,
                                             std::string_view payload) const;

 private:
  [[nodiscard]] Result<void> check_date(const SignatureParts& parts) const;

  std::map<std::string, model::AccessKey, std::less<>> keys_;  ///< by id
  const RealTime& time_;
};

}  // namespace millrace::http
