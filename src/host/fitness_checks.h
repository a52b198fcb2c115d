// The checks of the doctor, one function each. docs/doctor.md explains them.

#ifndef ASSAY_HOST_FITNESS_CHECKS_H_
#define ASSAY_HOST_FITNESS_CHECKS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "host/fitness.h"
#include "host/host_files.h"

namespace assay {

// A check that could not be made: `found` says why.
[[nodiscard]] FitnessCheck UnknownFitness(std::string id, std::string found, std::string why);

// The processor.
[[nodiscard]] FitnessCheck CheckGovernor(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckTurbo(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckSmt(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckHeat(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckVirtualisation(const HostFiles& files);

// The memory.
[[nodiscard]] FitnessCheck CheckNuma(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckHugePages(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckSwap(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckMemory(const HostFiles& files,
                                       const std::optional<std::uint64_t>& model_bytes);

// What the kernel gives a process.
[[nodiscard]] FitnessCheck CheckCpus(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckClockSource(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckTimerSlack(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckOpenFiles(const HostFiles& files);
[[nodiscard]] FitnessCheck CheckPorts(const HostFiles& files);

}  // namespace assay

#endif  // ASSAY_HOST_FITNESS_CHECKS_H_
