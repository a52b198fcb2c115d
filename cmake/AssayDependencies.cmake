# Third-party libraries: the distribution's by find_package, the pinned ones from ASSAY_CACHE, where
# tools/setup has put them (tools/pins.txt lists versions and hashes).
find_package(fmt 9 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Threads REQUIRED)
find_package(simdjson 3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8>=10.40)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

function(assay_require_cached path)
  if(NOT EXISTS "${ASSAY_CACHE}/${path}")
    message(FATAL_ERROR "${ASSAY_CACHE}/${path} is missing: run tools/setup first")
  endif()
endfunction()

# llama.cpp, built without or with CUDA. The cached path is looked up again in case the option
# changed.
option(ASSAY_CUDA "Use the llama.cpp that was built with CUDA" OFF)
if(ASSAY_CUDA)
  set(assay_llama llama-cuda)
else()
  set(assay_llama llama)
endif()
assay_require_cached(${assay_llama}/lib/cmake/llama/llama-config.cmake)
unset(llama_LIBRARY CACHE)
find_package(llama CONFIG REQUIRED PATHS ${ASSAY_CACHE}/${assay_llama} NO_DEFAULT_PATH)
if(ASSAY_CUDA)
  # llama.cpp's package does not name them where its own libraries are static and CUDA's are not.
  find_package(CUDAToolkit REQUIRED)
  set_property(TARGET ggml::ggml-cuda APPEND PROPERTY
    INTERFACE_LINK_LIBRARIES CUDA::cudart CUDA::cublas CUDA::cuda_driver)
endif()
