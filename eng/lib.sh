# Shared by the commands at the root of the repository: source it, do not run it.
# It announces the plain commands that matter, so that anybody can type them without these scripts.

set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PATH="$PATH:/usr/sbin:/sbin"
# Nothing but packages crosses the border of this machine.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1

# WHALESCALE_AGENT names another binary to try in its place, an installed one for example; that one is never built.
agent_binary=${WHALESCALE_AGENT:-$repository/artifacts/bin/Whalescale.Agent/release/whalescale}

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  dim=$'\e[2m' bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  dim='' bold='' green='' red='' plain=''
fi

# Prints a command as one would type it, then runs it.
run() {
  printf '%s$ %s%s\n' "$dim" "$*" "$plain"
  "$@"
}

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# need PACKAGE PROBE [PACKAGE PROBE]…: a probe is a command, or a library by its soname.
# Missing packages are installed by apt where we may; otherwise the message says what to install.
need() {
  local missing=() installer=()
  while (($# >= 2)); do
    is_present "$2" || missing+=("$1")
    shift 2
  done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then installer=(sudo -n); fi
  if ! command -v apt-get >/dev/null || ! "${installer[@]}" true 2>/dev/null; then
    die "missing: ${missing[*]}. Install them (Debian, Ubuntu: apt-get install ${missing[*]}) and run this again."
  fi
  printf '%s$ apt-get install %s%s\n' "$dim" "${missing[*]}" "$plain"
  {
    "${installer[@]}" apt-get update -qq &&
      "${installer[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}"
  } >/dev/null || die "could not install ${missing[*]}; see the message of apt-get above."
}

is_present() {
  case $1 in
    lib*.so.*) ldconfig -p | grep -F "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

need_dotnet() {
  command -v dotnet >/dev/null ||
    die "the .NET SDK is missing (global.json says which); see https://dotnet.microsoft.com/download"
}

# What the agent needs at run time, and what a lab of network namespaces needs beside it.
need_agent_packages() {
  need libsodium23 libsodium.so.23 libssl3 libcrypto.so.3
}

need_lab_packages() {
  need iproute2 ip ethtool ethtool nftables nft iperf3 iperf3 procps sysctl iputils-ping ping util-linux setpriv
}

# Builds the agent if a source is newer than the last build. Speaks on stderr alone: stdout belongs to the agent.
build_agent() {
  [[ -z ${WHALESCALE_AGENT:-} ]] || return 0
  local stamp=$repository/artifacts/.agent-release-stamp
  [[ -x $agent_binary && -e $stamp ]] && ! sources_changed_since "$stamp" && return 0

  mkdir -p "$repository/artifacts"
  (
    flock 9 # two commands started together build once
    if [[ -x $agent_binary && -e $stamp ]] && ! sources_changed_since "$stamp"; then exit 0; fi
    need_dotnet
    local command=(dotnet build host/Whalescale.Agent -c Release -clp:ErrorsOnly -nologo -v:quiet) log
    printf '%s$ %s%s\n' "$dim" "${command[*]}" "$plain" >&2
    cd "$repository"
    touch "$stamp.new" # a file saved during the build is newer than this
    if ! log=$("${command[@]}" 2>&1); then
      printf '%s\n' "$log" >&2
      rm -f "$stamp.new"
      exit 1
    fi
    mv "$stamp.new" "$stamp"
  ) 9>"$repository/artifacts/.agent-build-lock"
}

# A directory is newer after a deletion in it, which no file would tell.
sources_changed_since() {
  local newer
  newer=$(cd "$repository" && find abstractions modules host Directory.*.props global.json .editorconfig \
    -newer "$1" -print -quit)
  [[ -n $newer ]]
}
