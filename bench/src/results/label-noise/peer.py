"""cleanlab's side of the comparison: labels and probabilities as one line of JSON on stdin, flagged rows by filter on stdout."""

import json
import sys

import cleanlab
import numpy as np
from cleanlab.filter import find_label_issues

given = json.loads(sys.stdin.readline())
labels = np.array(given["labels"])
probabilities = np.array(given["probabilities"]).reshape(len(labels), -1)
flagged = {
    name: np.flatnonzero(find_label_issues(labels, probabilities, filter_by=name.replace("-", "_"), n_jobs=1)).tolist()
    for name in given["filters"]
}
print(json.dumps({"cleanlab": cleanlab.__version__, "flagged": flagged}))
