"""PyTorch's and ONNX Runtime's contestants of the zoo benchmark; same protocol as worker.ts."""

import json
import os
import resource
import sys
import tempfile
import time

import torch

contestant, model, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(1)
if model.startswith("squeezenet"):
    import torchvision

    net = getattr(torchvision.models, model)(weights=None)
    head = net.classifier
else:
    import timm

    net = timm.create_model(model)
    head = net.get_classifier()
net = net.to(memory_format=torch.channels_last)
images = torch.randn(batch, 3, 224, 224).to(memory_format=torch.channels_last)
targets = torch.tensor([(i * 61) % 1000 for i in range(batch)])
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)


def autocast():
    return torch.autocast("cpu", torch.bfloat16, enabled=contestant == "torch_bfloat16")


def step():
    optimizer.zero_grad()
    with autocast():
        loss = torch.nn.functional.cross_entropy(net(images), targets)
    loss.backward()
    optimizer.step()
    loss.item()


def train():
    net.train()
    step()


def frozen():
    net.eval().requires_grad_(False)
    head.requires_grad_(True)
    step()


def infer():
    net.eval()
    with torch.no_grad(), autocast():
        net(images)


def onnx_session():
    import onnxruntime

    # ONNX has no channels_last; ONNX Runtime chooses its own layout.
    net.eval()
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "model.onnx")
        torch.onnx.export(net, (images.contiguous(),), file, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    inputs = {session.get_inputs()[0].name: images.contiguous().numpy()}
    return lambda: session.run(None, inputs)


modes = {"infer": onnx_session()} if contestant == "onnxruntime" else {"train": train, "frozen": frozen, "infer": infer}
print(json.dumps({"ready": True, "threads": torch.get_num_threads(), "version": torch.__version__}), flush=True)
for line in sys.stdin:
    start = time.perf_counter()
    modes[line.strip()]()
    milliseconds = (time.perf_counter() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"milliseconds": milliseconds, "peakRss": peak}), flush=True)
