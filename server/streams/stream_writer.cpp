#include "server/streams/stream_writer.hpp"

#include <stdexcept>

namespace millrace::streams {
namespace {

bool shows_new_image(model::StreamViewType view) {
  return view == model::StreamViewType::kNewImage || view == model::StreamViewType::kNewAndOldImages;
}

bool shows_old_image(model::StreamViewType view) {
  return view == model::StreamViewType::kOldImage || view == model::StreamViewType::kNewAndOldImages;
}

EventName event_of(const ItemChange& change) {
  if (change.old_item_json.empty()) return EventName::kInsert;
  return change.new_item_json.empty() ? EventName::kRemove : EventName::kModify;
}

}  // namespace

StorageResult<std::optional<Sequence>> StreamWriter::append_change(const StreamDescriptor& stream,
                                                                   const ItemChange& change, TimePoint now) {
  // Stored items are canonical, so equal text is equal value; both empty means there was and is no item.
  if (change.old_item_json == change.new_item_json) return std::optional<Sequence>{};

  const Shard* const shard = stream.open_shard_for(change.partition_hash);
  if (shard == nullptr) throw std::logic_error{"a change for a stream without open shards: " + stream.arn};
  storage::Storage& storage = gate_.storage();
  const auto sequence = storage.next_sequence();
  if (sequence.has_error()) return sequence.error();

  RecordContent content;
  content.event_id_high = random_.next();
  content.event_id_low = random_.next();
  content.event = event_of(change);
  content.cause = change.cause;
  content.region = stream.region;
  content.created = now;
  content.keys_json = change.keys_json;
  content.size_bytes = change.keys_size;
  if (shows_new_image(stream.view) && !change.new_item_json.empty()) {
    content.new_image_json = change.new_item_json;
    content.size_bytes += change.new_item_size;
  }
  if (shows_old_image(stream.view) && !change.old_item_json.empty()) {
    content.old_image_json = change.old_item_json;
    content.size_bytes += change.old_item_size;
  }
  content.sequence = *sequence;
  content.view = stream.view;

  payload_.clear();
  append_payload(payload_, content);
  if (auto appended = storage.append_record(shard->log, *sequence, now, payload_); appended.has_error()) {
    return std::move(appended).error();
  }
  gate_.touch(shard->log);
  return std::optional<Sequence>{*sequence};
}

}  // namespace millrace::streams
