"""Reads records with the real readers, and prints curves as JSON: {tag: [[step, value], ...]}.

python read_records.py tensorboard|wandb|mlflow FOLDER|URL
"""

import json
import math
import os
import sys


def tensorboard(folder):
    from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    curves, images, histograms = {}, {}, {}
    for path, _, files in os.walk(folder):
        if not any("tfevents" in name for name in files):
            continue
        events = EventAccumulator(path, size_guidance={"tensors": 0})
        events.Reload()
        for tag in tags(events, "scalars"):
            curves[tag] = [[e.step, make_ndarray(e.tensor_proto).item()] for e in events.Tensors(tag)]
        for tag in tags(events, "images"):
            images[tag] = [[e.step, len(e.tensor_proto.string_val)] for e in events.Tensors(tag)]
        for tag in tags(events, "histograms"):
            histograms[tag] = [
                [e.step, float(make_ndarray(e.tensor_proto)[:, 2].sum())] for e in events.Tensors(tag)
            ]
    return {"curves": curves, "images": images, "histograms": histograms}


def tags(events, plugin):
    try:
        return events.PluginTagToContent(plugin)
    except KeyError:
        return []


def wandb(folder):
    from wandb.proto import wandb_internal_pb2 as pb
    from wandb.sdk.internal.datastore import DataStore

    curves, images, info = {}, {}, {}
    for path, _, files in os.walk(folder):
        for name in files:
            if not name.endswith(".wandb"):
                continue
            store = DataStore()
            store.open_for_scan(os.path.join(path, name))
            while (data := store.scan_data()) is not None:
                record = pb.Record()
                record.ParseFromString(data)
                kind = record.WhichOneof("record_type")
                info[kind] = info.get(kind, 0) + 1
                if kind == "run":
                    info["name"] = record.run.display_name
                    info["project"] = record.run.project
                if kind != "history":
                    continue
                for item in record.history.item:
                    tag = "/".join(item.nested_key) or item.key
                    value = json.loads(item.value_json)
                    if isinstance(value, dict):
                        images[tag] = [[record.history.step.num, value["count"]]]
                        for file in value["filenames"]:
                            assert os.path.isfile(os.path.join(path, "files", file)), file
                    elif not tag.startswith("_"):
                        curves.setdefault(tag, []).append([record.history.step.num, value])
    return {"curves": curves, "images": images, "info": info}


def mlflow(target):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    from mlflow.tracking import MlflowClient

    client = MlflowClient(target if target.startswith("http") else f"file://{os.path.abspath(target)}")
    experiments = [e for e in client.search_experiments() if e.name != "Default"]
    (run,) = client.search_runs([e.experiment_id for e in experiments])
    curves = {
        tag: [[m.step, m.value] for m in client.get_metric_history(run.info.run_id, tag)]
        for tag in run.data.metrics
    }
    images = sorted(f.path for f in client.list_artifacts(run.info.run_id, "mistakes"))
    info = {
        "name": run.info.run_name,
        "status": run.info.status,
        "experiment": experiments[0].name,
        "params": run.data.params,
    }
    return {"curves": curves, "images": images, "info": info}


def plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(own) for key, own in value.items()}
    return [plain(own) for own in value] if isinstance(value, (list, tuple)) else value


if __name__ == "__main__":
    kind, given = sys.argv[1:]
    print(json.dumps(plain({"tensorboard": tensorboard, "wandb": wandb, "mlflow": mlflow}[kind](given))))
