#!/usr/bin/env bash
# Puts a real llama-server and a tiny model into a folder, and leaves the system as it is.
#
#   e2e/llama-server.sh FOLDER
#   FOLDER/llama-server --model FOLDER/tiny.gguf --port PORT
#
# The server is Debian's package from unstable, from the mirror this machine uses. Its libraries are newer than a
# stable system's, so it is unpacked into the folder and started through the loader it brings. Where there is no
# Debian on x86-64 the script says so and ends well: the runner leaves out what needs the server.
set -euo pipefail

folder=${1:?usage: llama-server.sh FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

if [[ $(uname -sm) != "Linux x86_64" ]] || ! command -v apt-get dpkg-deb >/dev/null; then
  echo "llama-server: left out, this is no Debian on x86-64"
  exit 0
fi

# The first plain Debian archive in apt's own lists; the security archive has another path.
mirror() {
  { cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
    sed -nE 's#^[^\#]*(https?://[^ ]+/debian)/?( .*)?$#\1#p' | head -n 1
}

apt_here() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State="$folder/apt/state" -o Dir::State::Status="$folder/apt/status" \
    -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# An empty status file makes apt think that nothing is installed, so it fetches the libraries as well.
fetch_packages() {
  mkdir -p "$folder"/apt/{state/lists/partial,cache/archives/partial}
  : >"$folder/apt/status"
  local archive
  archive=$(mirror)
  [[ -n $archive ]] || { echo "llama-server: apt's lists name no Debian archive"; exit 1; }
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive sid main" >"$folder/apt/sources.list"
  echo "installing: llama.cpp-tools of Debian unstable, into $(basename "$folder")"
  apt_here update
  apt_here install --yes --no-install-recommends --download-only llama.cpp-tools libc6 >/dev/null
}

unpack() {
  rm -rf "$folder/unpacked"
  mkdir "$folder/unpacked"
  local package
  for package in "$folder"/apt/cache/archives/*.deb; do
    dpkg-deb --extract "$package" "$folder/unpacked"
  done
}

write_starter() {
  cat >"$folder/llama-server.new" <<'STARTER'
#!/usr/bin/env bash
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
libraries=$folder/unpacked/usr/lib/x86_64-linux-gnu
export GGML_BACKEND_PATH=$libraries/ggml/backends0/libggml-cpu-x64.so
exec "$folder/unpacked/usr/lib64/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/llama" \
  "$folder/unpacked/usr/bin/llama-server" "$@"
STARTER
  chmod +x "$folder/llama-server.new"
}

if [[ ! -x $folder/llama-server ]]; then
  fetch_packages
  unpack
  write_starter
  "$folder/llama-server.new" --version >"$folder/version.txt" 2>&1 || { cat "$folder/version.txt"; exit 1; }
  mv "$folder/llama-server.new" "$folder/llama-server"
  rm -rf "$folder/apt"
fi
python3 "$here/tiny_model.py" "$folder/tiny.gguf"
