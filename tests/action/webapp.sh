#!/usr/bin/env bash
# Give a version of the application a share of the traffic: webapp.sh PORT deploy VERSION PERCENTAGE
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'POST /%s/%s/%s HTTP/1.0\r\n\r\n' "$2" "$3" "$4" >&3
read -r _ status _ <&3
while IFS= read -r line <&3 && [[ "$line" != $'\r' ]]; do :; done
cat <&3
[[ "$status" == 200 ]]
