# Third-party libraries: the distribution's by find_package, the pinned ones from ASSAY_CACHE, where
# tools/setup has put them (tools/pins.txt lists versions and hashes).
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Threads REQUIRED)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

function(assay_require_cached path)
  if(NOT EXISTS "${ASSAY_CACHE}/${path}")
    message(FATAL_ERROR "${ASSAY_CACHE}/${path} is missing: run tools/setup first")
  endif()
endfunction()
