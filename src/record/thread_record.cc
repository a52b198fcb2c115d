#include "record/thread_record.h"

#include <utility>

#include "base/format.h"

namespace assay {

Json ToJson(const std::vector<ThreadScheduling>& threads) {
  Json json = Json::array();
  for (const ThreadScheduling& thread : threads) {
    json.push_back(Json{{"thread_id", thread.thread_id},
                        {"name", thread.name},
                        {"run_ns", thread.run_ns},
                        {"wait_ns", thread.wait_ns},
                        {"timeslices", thread.timeslices}});
  }
  return json;
}

Result<std::vector<ThreadScheduling>> ThreadsFromJson(const Json& json, const std::string& where) {
  if (!json.is_array()) {
    return MakeError(ErrorCode::kParse, "{}: expected an array of threads", where);
  }
  std::vector<ThreadScheduling> threads;
  for (const Json& entry : json) {
    ASSAY_ASSIGN_OR_RETURN(const JsonReader r, JsonReader::Of(entry, where));
    ThreadScheduling thread;
    ASSAY_ASSIGN_OR_RETURN(thread.thread_id, r.Int("thread_id"));
    ASSAY_ASSIGN_OR_RETURN(thread.name, r.String("name"));
    ASSAY_ASSIGN_OR_RETURN(thread.run_ns, r.Uint("run_ns"));
    ASSAY_ASSIGN_OR_RETURN(thread.wait_ns, r.Uint("wait_ns"));
    ASSAY_ASSIGN_OR_RETURN(thread.timeslices, r.Uint("timeslices"));
    threads.push_back(std::move(thread));
  }
  return threads;
}

}  // namespace assay
