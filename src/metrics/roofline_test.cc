#include "metrics/roofline.h"

#include <gtest/gtest.h>

#include "metrics/machine_json.h"

namespace assay {
namespace {

// 100 weights of 4 bytes, 20 of them of the output; 8 bytes of cache and 16 operations of attention
// for a token of context.
TestRecord SomeTest() {
  TestRecord test;
  ModelCosts& costs = test.engine.emplace().costs.emplace();
  costs.weights = 100;
  costs.weight_bytes = 400;
  costs.output_weights = 20;
  costs.output_bytes = 80;
  costs.cache_bytes_per_token = 8;
  costs.attention_flops = 16;
  costs.arithmetic = "f32";
  EngineWork& work = test.work.emplace();
  work.prompts = {2, 30, 240, std::chrono::seconds(4)};
  work.generation = {10, 40, 800, std::chrono::seconds(10)};
  return test;
}

MachinePeak SomePeak() {
  MachinePeak peak;
  peak.bytes_per_s = 5200.0;
  peak.f32_per_s = 10'000.0;
  return peak;
}

TEST(Roofline, GenerationReadsTheWeightsForEveryStepAndTheCacheForEveryToken) {
  const auto roofline = ComputeRoofline(SomeTest(), SomePeak());
  ASSERT_TRUE(roofline.has_value()) << roofline.error().message;
  ASSERT_TRUE(roofline->generation.has_value());
  const PhaseLimit& g = *roofline->generation;
  // 10·400 + 800·8 = 10,400 bytes: 2 s. 2·40·100 + 800·16 = 20,800 operations: 2.08 s.
  EXPECT_DOUBLE_EQ(g.tokens_per_s, 4.0);
  EXPECT_DOUBLE_EQ(g.mean_batch, 4.0);
  EXPECT_DOUBLE_EQ(g.mean_context, 20.0);
  EXPECT_DOUBLE_EQ(*g.mbu, 0.2);
  EXPECT_DOUBLE_EQ(*g.mfu, 0.208);
  EXPECT_EQ(g.limited_by, "arithmetic");
  EXPECT_DOUBLE_EQ(g.limit_tokens_per_s, 40.0 / 2.08);
  EXPECT_DOUBLE_EQ(g.share, 0.208);
}

TEST(Roofline, PromptsNeedNoOutput) {
  const auto roofline = ComputeRoofline(SomeTest(), SomePeak());
  const PhaseLimit& p = *roofline->prompts;
  // 2·320 + 30·8 = 880 bytes; 2·30·80 + 240·16 = 8,640 operations.
  EXPECT_DOUBLE_EQ(*p.mbu, 880.0 / 5200.0 / 4.0);
  EXPECT_DOUBLE_EQ(*p.mfu, 0.864 / 4.0);
  EXPECT_DOUBLE_EQ(p.mean_batch, 15.0);
  EXPECT_EQ(p.limited_by, "arithmetic");
}

TEST(Roofline, WithoutTheArithmeticMemoryIsTheOnlyLimit) {
  TestRecord test = SomeTest();
  test.engine->costs->arithmetic = "";
  const auto roofline = ComputeRoofline(test, SomePeak());
  ASSERT_TRUE(roofline.has_value());
  EXPECT_FALSE(roofline->generation->mfu.has_value());
  EXPECT_EQ(roofline->generation->limited_by, "memory");
  EXPECT_DOUBLE_EQ(roofline->generation->share, 0.2);
  EXPECT_FALSE(roofline->no_mfu.empty());
  const Json json = ToJson(roofline);
  EXPECT_TRUE(json["generation"]["mfu"].is_null());
  EXPECT_EQ(json["no_mfu"], roofline->no_mfu);
}

std::string ReasonOf(const TestRecord& test, const std::optional<MachinePeak>& peak) {
  const auto roofline = ComputeRoofline(test, peak);
  return roofline ? "known" : roofline.error().message;
}

TEST(Roofline, IsAbsentWithItsReason) {
  TestRecord test = SomeTest();
  EXPECT_EQ(ReasonOf(test, std::nullopt), "the bandwidth of the memory is not known");
  MachinePeak cached = SomePeak();
  cached.last_level_cache_bytes = 400;
  EXPECT_EQ(ReasonOf(test, cached),
            "the weights fit into the processor's cache: memory is no limit");
  test.work.reset();
  EXPECT_EQ(ReasonOf(test, SomePeak()), "the engine does not tell prompts and generation apart");
  test.engine->costs.reset();
  test.engine->no_costs = "the model attends to a sliding window";
  EXPECT_EQ(ReasonOf(test, SomePeak()), "the model attends to a sliding window");
  EXPECT_EQ(ToJson(ComputeRoofline(test, SomePeak()))["not_known"],
            "the model attends to a sliding window");
}

TEST(Roofline, APhaseThatDidNotHappenIsAbsent) {
  TestRecord test = SomeTest();
  test.work->generation = {};
  const auto roofline = ComputeRoofline(test, SomePeak());
  ASSERT_TRUE(roofline.has_value());
  EXPECT_FALSE(roofline->generation.has_value());
  EXPECT_TRUE(roofline->prompts.has_value());
}

TEST(PeakOf, AGpuByItsClocksAndWidths) {
  GpuDevice gpu;
  gpu.max_memory_mhz = 2619;
  gpu.memory_bus_bits = 5120;
  gpu.max_sm_mhz = 1980;
  const MachinePeak peak = PeakOf(gpu);
  EXPECT_DOUBLE_EQ(*peak.bytes_per_s, 2 * 2619e6 * 640.0);  // an H100's 3.35 TB/s
  EXPECT_FALSE(peak.f32_per_s.has_value());                 // it does not tell its cores
}

TEST(PeakOf, ARecordThatIsDamagedTellsNothing) {
  EXPECT_FALSE(PeakOf(Json(nullptr)).has_value());
  EXPECT_FALSE(PeakOf(Json{{"peak", "fast"}}).has_value());
  const auto peak = PeakOf(Json{{"peak", {{"bytes_per_s", -1.0}, {"f32_per_s", "many"}}}});
  ASSERT_TRUE(peak.has_value());
  EXPECT_FALSE(peak->bytes_per_s.has_value());
  EXPECT_FALSE(peak->f32_per_s.has_value());
}

}  // namespace
}  // namespace assay
