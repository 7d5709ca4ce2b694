# What ./run and ./test need, and how it gets here. Sourced, not run.
# Debian packages are installed where they lack; Rust and Node are checked, since Debian's are too old.

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 2; }

# Makes sure that Debian packages are there. Other systems are told what to install.
need_packages() {
  if ! command -v dpkg-query > /dev/null; then
    echo "This is not Debian or a relative of it; what is needed is known there as: $*"
    return 0
  fi
  local lacking=() package as_root=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' || lacking+=("$package")
  done
  [ ${#lacking[@]} -eq 0 ] && return 0
  say "installing ${lacking[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || fail "Install these as root, then try again: ${lacking[*]}"
    as_root=(sudo)
  fi
  local install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${lacking[@]}")
  "${install[@]}" > /dev/null || {
    "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=600 update -qq
    "${install[@]}" > /dev/null
  }
}

# at_least HAVE WANT: versions in dotted numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

need_rust() {
  command -v cargo > /dev/null || fail "Rust is not installed: see https://rustup.rs (rust-toolchain.toml names the version that is used)."
  local have want
  want=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  have=$(rustc --version | cut -d ' ' -f 2) || fail "rustc does not start; rustup may not be able to fetch Rust $want."
  at_least "$have" "$want" || fail "Rust $want or later is needed; this is $have. With rustup it comes by itself; without, install it from https://rustup.rs."
}

# The target of crates/verifier, which only ./test builds: the page that has it inside is committed. False
# where it can not be had.
want_wasm() {
  [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ] && return 0
  command -v rustup > /dev/null || return 1
  say "rustup target add wasm32-unknown-unknown"
  rustup target add wasm32-unknown-unknown
}

need_node() {
  command -v node > /dev/null && command -v npm > /dev/null || fail "Node 20.19 or later with npm is needed for the window: see https://nodejs.org."
  local have
  have=$(node --version)
  at_least "${have#v}" 20.19.0 || fail "Node 20.19 or later is needed for the window; this is ${have#v}. See https://nodejs.org."
}

# The packages of the interface, exactly as locked; only when the lock is newer than what lies here.
need_npm() {
  if [ ! -e ui/node_modules/.package-lock.json ] || [ ui/package-lock.json -nt ui/node_modules/.package-lock.json ]; then
    say "npm ci (packages of the interface, from ui/package-lock.json)"
    (cd ui && npm ci --no-audit --no-fund --loglevel=error)
    touch ui/node_modules/.package-lock.json
  fi
}

build_interface() {
  if [ ! -e ui/dist/index.html ] || [ -n "$(find ui/src ui/index.html ui/package-lock.json ui/vite.config.ts -newer ui/dist/index.html -print -quit)" ]; then
    say "building the interface"
    (cd ui && npm run --silent build)
    touch ui/dist/index.html
  fi
}

# DuckDB reads what is exported. It comes from PyPI into a folder of its own; without network its checks are skipped.
DUCKDB=2.0.0
want_duckdb() {
  [ -z "${CASEBOOK_PYTHON:-}" ] || return 0
  local place
  mkdir -p "$TARGET"
  place=$(realpath "$TARGET")/duckdb-$DUCKDB
  if ! "$place/bin/python" -c 'import duckdb, pytz' 2> /dev/null; then
    say "DuckDB $DUCKDB from PyPI, into $place"
    rm -rf "$place"
    if ! { python3 -m venv "$place" && "$place/bin/pip" install --quiet --disable-pip-version-check "duckdb==$DUCKDB" pytz; }; then
      echo "DUCKDB IS NOT HERE: the round trip of exports through Parquet will be skipped."
      rm -rf "$place"
      return 0
    fi
  fi
  export CASEBOOK_PYTHON=$place/bin/python
}

PACKAGES_OF_BUILD=(build-essential pkg-config)
PACKAGES_OF_WINDOW=(libwebkit2gtk-4.1-dev fonts-dejavu-core fonts-nanum)
PACKAGES_OF_TESTS=(openssl python3-venv xvfb xauth webkit2gtk-driver chromium)
TARGET=${CARGO_TARGET_DIR:-target}
