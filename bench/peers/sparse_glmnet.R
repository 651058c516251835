# One path of sparse layers by glmnet; thresholds are made smaller until every KKT residual is at most the goal. Debian: r-cran-glmnet.
#   Rscript sparse_glmnet.R features.csv labels.csv 20 1e-3 0.99 1e-3      (numbers without a heading)
suppressMessages(library(glmnet)); a <- commandArgs(TRUE)
x <- as.matrix(read.csv(a[1], header = FALSE)); y <- scan(a[2], quiet = TRUE); k <- as.integer(a[3]); eps <- as.numeric(a[4]); alpha <- as.numeric(a[5]); goal <- as.numeric(a[6])
n <- nrow(x); classes <- max(y) + 1; m <- colMeans(x); s <- sqrt(colMeans(sweep(x, 2, m)^2)); Z <- sweep(sweep(x, 2, m), 2, s, "/")
Y <- outer(y, 0:(classes - 1), "==") * 1; top <- max(abs(t(Z) %*% sweep(Y, 2, colMeans(Y)) / n)) / alpha
lambdas <- top * eps^((0:(k - 1)) / (k - 1)); total <- 0
for (thresh in c(1e-7, 1e-9, 1e-11, 1e-13)) {
  t0 <- proc.time(); f <- glmnet(Z, y, "multinomial", alpha = alpha, lambda = lambdas, standardize = FALSE, thresh = thresh, maxit = 1e7); used <- sum((proc.time() - t0)[1:2]); total <- total + used
  worst <- 0
  for (j in seq_along(lambdas)[-1]) {
    W <- sapply(f$beta, function(b) as.numeric(b[, j])); b0 <- f$a0[, j]; U <- sweep(Z %*% W, 2, b0, "+"); U <- U - apply(U, 1, max); P <- exp(U); P <- P / rowSums(P)
    G <- t(Z) %*% (P - Y) / n + lambdas[j] * (1 - alpha) * W; t <- lambdas[j] * alpha
    worst <- max(worst, ifelse(W != 0, abs(G + t * sign(W)), abs(G) - t) / t, abs(colMeans(P - Y)) / t)
  }
  cat(sprintf('{"peer":"glmnet","thresh":%g,"kkt":%g,"cpuSeconds":%.2f}\n', thresh, worst, used))
  if (worst <= goal) break
}
cat(sprintf('{"peer":"glmnet","cpuSecondsWithRetries":%.2f}\n', total))
