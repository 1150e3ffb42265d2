#include "handler/event_reader.hpp"

#include <charconv>
#include <utility>

#include "handler/image_reader.hpp"

namespace millrace::handler {
namespace {

using json::RawKind;
using json::RawValue;

/// Reads members into their fields. A member of another type than its field's is kept as an unknown one, with a
/// problem.
class EventReader {
 public:
  void read(RawValue root, RawValue records) {
    std::size_t number = 0;
    records.each_element([&](RawValue record) {
      path_ = "Records[" + std::to_string(number++) + "]";
      read_record(record, event_.records.emplace_back());
    });
    path_.clear();
    each_member(root, event_.unknown, [&](std::string_view name, RawValue value) {
      if (name == "Records") return true;
      if (name == "window") return read_window(value, event_.window.emplace());
      if (name == "state") return text(value, event_.state);
      if (name == "shardId") return string(value, event_.shard_id);
      if (name == "eventSourceARN") return string(value, event_.event_source_arn);
      if (name == "isFinalInvokeForWindow") return boolean(value, event_.is_final_invoke_for_window);
      if (name == "isWindowTerminatedEarly") return boolean(value, event_.is_window_terminated_early);
      return false;
    });
  }

  DynamoDBEvent take() { return std::move(event_); }

 private:
  void problem(std::string_view member, std::string_view text) {
    std::string path = path_;
    if (!path.empty() && !member.empty()) path.push_back('.');
    event_.problems.push_back({path.append(member), std::string{text}});
  }

  /// Calls `member(name, value)` for each member that is not null. What it does not take is kept as unknown.
  template <class Member>
  void each_member(RawValue object, UnknownMembers& unknown, const Member& member) {
    if (object.kind() != RawKind::kObject) return problem("", "it must be an object");
    object.each_member([&](std::string_view name, RawValue value) {
      if (value.kind() == RawKind::kNull) return;
      if (!member(name, value)) {
        unknown.push_back({std::string{name}, std::string{value.text()}});
        return;
      }
      if (!wrong_) return;
      problem(name, std::exchange(wrong_, nullptr));
      unknown.push_back({std::string{name}, std::string{value.text()}});
    });
  }
  /// The same for an object inside the one at hand.
  template <class Member>
  bool inside(std::string_view name, RawValue object, UnknownMembers& unknown, const Member& member) {
    const std::size_t before = path_.size();
    if (!path_.empty()) path_.push_back('.');
    path_.append(name);
    each_member(object, unknown, member);
    path_.resize(before);
    return true;
  }

  // These return true, for the member has a field; `wrong_` says that its value does not fit.
  bool string(RawValue value, std::string& into) {
    if (value.kind() == RawKind::kString) {
      into = value.string();
    } else {
      wrong_ = "it must be a string";
    }
    return true;
  }
  bool boolean(RawValue value, std::optional<bool>& into) {
    if (value.kind() == RawKind::kBoolean) {
      into = value.text() == "true";
    } else {
      wrong_ = "it must be true or false";
    }
    return true;
  }
  static bool text(RawValue value, std::string& into) {
    into = value.text();
    return true;
  }
  bool number(RawValue value, std::string& into) {
    if (value.kind() == RawKind::kNumber) return text(value, into);
    wrong_ = "it must be a number";
    return true;
  }
  bool integer(RawValue value, std::optional<std::int64_t>& into) {
    const std::string_view digits = value.text();
    std::int64_t read = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), read);
    if (failure == std::errc{} && end == digits.data() + digits.size()) {
      into = read;
    } else {
      wrong_ = "it must be an integer";
    }
    return true;
  }
  bool image(std::string_view name, RawValue value, model::Item& into) {
    into = read_image(
        value, [&](std::string_view path, std::string_view text) { problem(std::string{name}.append(path), text); });
    return true;
  }

  bool read_window(RawValue value, EventWindow& into) {
    return inside("window", value, into.unknown, [&](std::string_view name, RawValue member) {
      if (name == "start") return string(member, into.start);
      if (name == "end") return string(member, into.end);
      return false;
    });
  }

  bool read_identity(RawValue value, UserIdentity& into) {
    return inside("userIdentity", value, into.unknown, [&](std::string_view name, RawValue member) {
      if (name == "principalId") return string(member, into.principal_id);
      if (name == "type") return string(member, into.type);
      return false;
    });
  }

  bool read_change(RawValue value, StreamChange& into) {
    return inside("dynamodb", value, into.unknown, [&](std::string_view name, RawValue member) {
      if (name == "ApproximateCreationDateTime") return number(member, into.approximate_creation_date_time);
      if (name == "Keys") return image(name, member, into.keys);
      if (name == "NewImage") return image(name, member, into.new_image.emplace());
      if (name == "OldImage") return image(name, member, into.old_image.emplace());
      if (name == "SequenceNumber") return string(member, into.sequence_number);
      if (name == "SizeBytes") return integer(member, into.size_bytes);
      if (name == "StreamViewType") return string(member, into.stream_view_type);
      return false;
    });
  }

  void read_record(RawValue object, DynamoDBRecord& into) {
    each_member(object, into.unknown, [&](std::string_view name, RawValue value) {
      if (name == "eventID") return string(value, into.event_id);
      if (name == "eventName") return string(value, into.event_name);
      if (name == "eventVersion") return string(value, into.event_version);
      if (name == "eventSource") return string(value, into.event_source);
      if (name == "awsRegion") return string(value, into.aws_region);
      if (name == "dynamodb") return read_change(value, into.change);
      if (name == "eventSourceARN") return string(value, into.event_source_arn);
      if (name == "userIdentity") return read_identity(value, into.user_identity.emplace());
      return false;
    });
  }

  DynamoDBEvent event_;
  std::string path_;
  const char* wrong_{nullptr};
};

}  // namespace

ApiError not_an_object() {
  return base::serialization_error("Not a DynamoDB event: the payload must be a JSON object");
}

Result<RawValue> find_records(RawValue root) {
  if (root.kind() != RawKind::kObject) return not_an_object();
  const auto records = root.find("Records");
  if (records && records->kind() == RawKind::kArray) return *records;
  return base::serialization_error("Not a DynamoDB event: Records must be a list");
}

Result<DynamoDBEvent> read_event(RawValue root) {
  TRY_ASSIGN(const RawValue records, find_records(root));
  EventReader reader;
  reader.read(root, records);
  return reader.take();
}

}  // namespace millrace::handler
