// Answers to requests for what is not here, in the shape of the service that was meant: an SDK shows the sentence that
// stands in its own service's error, and 'Unknown' for any other.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/http/routing/conversation.hpp"

namespace millrace::http {

/// The answer to a path that no route has. Lambda's paths (`/2015-03-31/…`) get an `x-amzn-ErrorType`, requests signed
/// for S3 its XML, all others plain JSON. 404, but 501 for S3, whose 404 means a missing object.
Response unserved_path(const Request& request);

/// The error document of the query protocol (SQS, SNS, STS, CloudFormation: a form with an `Action`), to be sent with
/// status 400 as `text/xml`; empty when `body` is no such form.
std::optional<std::string> unserved_action(std::string_view content_type, std::string_view body);

}  // namespace millrace::http
