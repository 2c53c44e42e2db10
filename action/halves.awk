# Splits a hashed lock into the files OUT.0 and OUT.1 of about as many hashes each: pip takes long for a package with
# many files, since it looks at every one that the index ever had, and two of them side by side take half as long.
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
