# Split a hashed lock file into OUT.0 and OUT.1 with about the same number of hashes. pip is slow for packages with many
# files, because it reads every file in the index, so two parallel processes take half the time.
/^[A-Za-z0-9]/ { packages++ }
packages { block[packages] = block[packages] $0 "\n"; if (/--hash=/) weight[packages]++ }
END {
  for (n = 1; n <= packages; n++) {
    heaviest = 0
    for (p = 1; p <= packages; p++) if (!(p in done) && (!heaviest || weight[p] > weight[heaviest])) heaviest = p
    done[heaviest] = 1
    half = load[1] < load[0] ? 1 : 0
    load[half] += weight[heaviest]
    printf "%s", block[heaviest] > (out "." half)
  }
}
