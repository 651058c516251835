#!/usr/bin/env python3
"""One path of sparse layers by scikit-learn's saga, warm starts, stopped per lambda at the first tolerance of a ladder whose KKT residual is at most
--kkt of lambda alpha; prints a line of JSON per lambda. Debian: python3-sklearn.
    sparse_sklearn.py features.npy labels.npy --lambdas 20 --epsilon 1e-3 --alpha .99 --kkt 1e-3"""
import argparse, json, time, warnings
import numpy as np
from sklearn.linear_model import LogisticRegression
p = argparse.ArgumentParser(); p.add_argument('x'); p.add_argument('y'); p.add_argument('--alpha', type=float, default=.99); p.add_argument('--lambdas', type=int, default=20)
p.add_argument('--epsilon', type=float, default=1e-3); p.add_argument('--kkt', type=float, default=1e-3); a = p.parse_args()
warnings.filterwarnings('ignore')
x = np.load(a.x).astype(np.float64); y = np.load(a.y).astype(int); n, C = len(x), y.max() + 1
std = x.std(0); std[std == 0] = 1; Z = np.ascontiguousarray((x - x.mean(0)) / std); Y = np.eye(C)[y]
top = np.abs(Z.T @ (Y - Y.mean(0)) / n).max() / a.alpha; lambdas = top * a.epsilon ** (np.arange(a.lambdas) / max(1, a.lambdas - 1))
def kkt(W, b, lam):
    U = Z @ W.T + b; U -= U.max(1, keepdims=True); P = np.exp(U); P /= P.sum(1, keepdims=True)
    G = (P - Y).T @ Z / n + lam * (1 - a.alpha) * W; t = lam * a.alpha
    return max(np.where(W != 0, np.abs(G + t * np.sign(W)), np.abs(G) - t).max(), np.abs((P - Y).mean(0)).max()) / t
fit = None; total = 0.
for lam in lambdas[1:]:
    seconds, epochs = 0., 0
    if fit is None: fit = LogisticRegression(penalty='elasticnet', solver='saga', l1_ratio=a.alpha, multi_class='multinomial', warm_start=True, max_iter=20000, random_state=0)
    fit.set_params(C=1 / (n * lam))
    for tol in (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7):
        fit.set_params(tol=tol); t = time.process_time(); fit.fit(Z, y); seconds += time.process_time() - t; epochs += int(fit.n_iter_.max())
        r = kkt(fit.coef_, fit.intercept_, lam)
        if r <= a.kkt: break
    total += seconds
    print(json.dumps(dict(lam=lam, tol=tol, kkt=r, epochs=epochs, nonzeros=int((fit.coef_ != 0).sum()), seconds=round(seconds, 3))), flush=True)
print(json.dumps(dict(peer='scikit-learn saga', cpuSeconds=round(total, 2))))
