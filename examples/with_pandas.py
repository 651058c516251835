#!/usr/bin/env python3
"""A run in pandas (pip install pandas pyarrow): the filters that are most salient in the mistakes, standardized as in equation 2.

    python3 examples/with_pandas.py RUN       # RUN is what `misfire profile DATA --model M.onnx --out RUN` wrote
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd

if len(sys.argv) != 2:
    sys.exit('give the folder of a run: python3 examples/with_pandas.py RUN')
run = pathlib.Path(sys.argv[1])
samples = pd.read_parquet(run / 'samples')
stats = json.loads((run / 'stats.json').read_text())

profiles = np.stack(samples.profile).astype(np.float64)  # [samples, filters]
mean, std = np.array(stats['mean']), np.array(stats['std'])
alive = std > 1e-14
saliency = np.divide(profiles - mean, std, where=alive, out=np.zeros_like(profiles))

wrong = (samples.label != samples.predicted).to_numpy()
print(f'{len(samples)} samples, {wrong.sum()} misclassified')
print(samples[wrong].groupby(['label', 'predicted']).size().sort_values(ascending=False).head(5).to_string())

in_mistakes = saliency[wrong].mean(axis=0)
for filter in np.argsort(-in_mistakes, kind='stable')[:5]:
    print(f'filter {filter}: {in_mistakes[filter]:.2f} deviations above its mean in the mistakes')
