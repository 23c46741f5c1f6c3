#!/bin/sh
# A "model" in plain sh and awk: gradient descent on a bowl, with noise drawn from the seed. Stands for Rscript fit.R,
# julia fit.jl, a Fortran program, ...
#
#   fit.sh LR MOMENTUM SEED OUT
#
# Writes OUT/curves.csv while it works (a header, one row per epoch) and OUT/outcome.json at its end.
set -eu
awk -v lr="$1" -v momentum="$2" -v seed="$3" -v out="$4" '
BEGIN {
  srand(seed)
  x = 3; speed = 0
  print "epoch,loss" > (out "/curves.csv")
  for (epoch = 0; epoch < 40; epoch++) {
    speed = momentum * speed - lr * 2 * x
    x += speed
    print epoch "," (x * x) > (out "/curves.csv")
    fflush(out "/curves.csv")
  }
  error = x * x + 0.02 * (rand() - 0.5) + 0.01
  printf "{\"error\": %.6g, \"steps\": %d}\n", error, epoch > (out "/outcome.json")
}'
