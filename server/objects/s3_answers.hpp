// What a server that speaks S3 answers, read: its XML, and what its statuses mean. No sockets.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
#pragma once

#include <string>
#include <string_view>

#include "server/http_client/connection.hpp"
#include "server/objects/object_store.hpp"

namespace millrace::objects {

/// The page in the body of a ListObjectsV2 that was asked for with encoding-type=url. Errors: kFailed, it is none.
ObjectResult<ObjectPage> read_listing(std::string_view xml);

/// What an answer that is no success says; `what` is the request in words, for people.
ObjectError read_refusal(const http_client::Answer& answer, std::string_view what);

}  // namespace millrace::objects
