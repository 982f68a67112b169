"""AutoGluon MultiModal with its defaults, on the same network and weights, within the time limit."""

import pandas as pd
import timm
from autogluon.multimodal import MultiModalPredictor
from autogluon.multimodal.models import timm_image
from peer_data import classes, finish, folds, left, settings, test, train

# It asks timm for pretrained weights by name: here they are the shared file.
original = timm.create_model


def create_model(name, *args, **options):
    if name == settings["model"]:
        options["pretrained_cfg_overlay"] = {"file": settings["weights"]}
    return original(name, *args, **options)


timm_image.create_model = create_model
held_out = set(folds()[0][1].tolist())
table = pd.DataFrame(train)[["image", "label"]]
predictor = MultiModalPredictor(label="label", problem_type="multiclass", eval_metric="f1_macro", path="autogluon")
predictor.fit(
    train_data=table[[i not in held_out for i in range(len(table))]],
    tuning_data=table[[i in held_out for i in range(len(table))]],
    column_types={"image": "image_path"},
    time_limit=int(left() * 0.85),
    seed=settings["seed"],
    hyperparameters={
        "model.names": ["timm_image"],
        "model.timm_image.checkpoint_name": settings["model"],
        "env.num_gpus": 0,
        "env.num_workers": settings["threads"],
    },
)
predicted = predictor.predict(pd.DataFrame(test)[["image"]])
finish([classes.index(name) for name in predicted])
