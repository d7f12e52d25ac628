#!/usr/bin/env python3
"""PyTorch as a peer: how fast it trains and runs one of the five networks on the CPU.

The images are noise in memory, as many pixels inked as in handwriting, and float tensors already:
no file, no decoding, no augmentation, just as in `scrawl bench`. Prints one JSON object.

--until X trains on MNIST instead, as the recipe bn-cnn says, until X of the images that were held
out are read rightly, 60 epochs at most: what `scrawl train bn-cnn --until-accuracy X` does. The
weights start in PyTorch's own way.

Debian: apt-get install python3-torch libopenblas0-openmp
"""
import argparse
import gzip
import json
import os
import statistics
import time

N_IMAGES = 2048
WARM_UP = 20


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('recipe', choices=['gap-cnn', 'keras-cnn', 'mlp', 'bn-cnn', 'l2-cnn'])
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--batch', type=int, default=32, help='of training (default: 32)')
    parser.add_argument('--seconds', type=float, default=5, help='of each measurement (default: 5)')
    parser.add_argument('--what', choices=['train', 'infer', 'both'], default='both')
    parser.add_argument('--until', type=float, metavar='X', help='train to an accuracy (0.99)')
    parser.add_argument('--mnist', metavar='DIR', help="with --until: MNIST's four .gz files")
    parser.add_argument('--seed', type=int, default=1)
    given = parser.parse_args()
    if given.until is not None and (given.recipe != 'bn-cnn' or not given.mnist):
        parser.error('--until is of bn-cnn, and needs --mnist')
    if given.until is not None and not 0 < given.until <= 1:
        parser.error('--until: expected a part of 1, found %g' % given.until)
    if given.until is not None and not os.path.exists(
            os.path.join(given.mnist, 'train-images-idx3-ubyte.gz')):
        parser.error('--mnist: %s: no train-images-idx3-ubyte.gz in it' % given.mnist)
    return given


GIVEN = arguments()
os.environ['OMP_NUM_THREADS'] = str(GIVEN.threads)  # read when torch is loaded

import torch  # noqa: E402
from torch import nn  # noqa: E402


def block(channels, filters, kernel, padding, norm=False, pool=True):
    layers = [nn.Conv2d(channels, filters, kernel, padding=padding)]
    if norm:
        layers.append(nn.BatchNorm2d(filters))
    layers.append(nn.ReLU())
    if pool:
        layers.append(nn.MaxPool2d(2))
    return layers


def network(recipe):
    if recipe == 'gap-cnn':
        layers = (block(1, 32, 3, 1) + block(32, 64, 3, 1) + block(64, 128, 3, 1, pool=False) +
                  [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)])
    elif recipe == 'keras-cnn':
        layers = (block(1, 32, 3, 0) + block(32, 64, 3, 0) +
                  [nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10)])
    elif recipe == 'mlp':
        layers = [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)]
    elif recipe == 'bn-cnn':
        layers = (block(1, 32, 3, 1, norm=True) + block(32, 64, 3, 1, norm=True) +
                  block(64, 128, 3, 1, norm=True) +
                  [nn.Flatten(), nn.Linear(1152, 128), nn.ReLU(), nn.Dropout(0.4),
                   nn.Linear(128, 10)])
    else:
        layers = (block(1, 16, 5, 2) + block(16, 32, 5, 2) +
                  [nn.Flatten(), nn.Linear(1568, 10)])
    return nn.Sequential(*layers)


def optimizer(recipe, parameters):
    if recipe == 'bn-cnn':
        return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    return torch.optim.Adam(parameters, lr=0.001, weight_decay=1e-4 if recipe == 'l2-cnn' else 0)


def noise():
    images = torch.rand(N_IMAGES, 1, 28, 28) * (torch.rand(N_IMAGES, 1, 28, 28) < 0.2)
    return images * 2 - 1, torch.arange(N_IMAGES) % 10


def train_rate(net, images, labels):
    """Images per second of whole steps: the median over five stretches."""
    step = optimizer(GIVEN.recipe, net.parameters())
    loss = nn.CrossEntropyLoss()
    order, place = torch.randperm(N_IMAGES), 0

    def one():
        nonlocal order, place
        if place + GIVEN.batch > N_IMAGES:
            order, place = torch.randperm(N_IMAGES), 0
        chosen = order[place:place + GIVEN.batch]
        place += GIVEN.batch
        step.zero_grad(set_to_none=True)
        loss(net(images[chosen]), labels[chosen]).backward()
        step.step()

    net.train()
    for _ in range(WARM_UP):
        one()
    rates = []
    for _ in range(5):
        start, n = time.perf_counter(), 0
        while not n or time.perf_counter() - start < GIVEN.seconds / 5:
            one()
            n += 1
        rates.append(n * GIVEN.batch / (time.perf_counter() - start))
    return statistics.median(rates)


def mnist(split):
    """Images in [-1, 1] and labels of an IDX pair."""
    with gzip.open(os.path.join(GIVEN.mnist, split + '-images-idx3-ubyte.gz')) as file:
        images = torch.frombuffer(bytearray(file.read()[16:]), dtype=torch.uint8)
    with gzip.open(os.path.join(GIVEN.mnist, split + '-labels-idx1-ubyte.gz')) as file:
        labels = torch.frombuffer(bytearray(file.read()[8:]), dtype=torch.uint8)
    return images.reshape(-1, 1, 28, 28).float() / 127.5 - 1, labels.long()


def accuracy(net, images, labels):
    net.eval()
    with torch.no_grad():
        right = sum(int((net(images[i:i + 500]).argmax(1) == labels[i:i + 500]).sum())
                    for i in range(0, len(labels), 500))
    net.train()
    return right / len(labels)


def train_until(net):
    """Epochs of bn-cnn's recipe, a tenth of the images held out. Its rate is cut after two epochs
    without a lower validation loss, which 99 % comes long before."""
    images, labels = mnist('train')
    order = torch.randperm(len(labels))
    held, kept = order[:len(labels) // 10], order[len(labels) // 10:]
    step, loss = optimizer('bn-cnn', net.parameters()), nn.CrossEntropyLoss()
    for epoch in range(1, 61):
        net.train()
        for chosen in kept[torch.randperm(len(kept))].split(GIVEN.batch):
            step.zero_grad(set_to_none=True)
            loss(net(images[chosen]), labels[chosen]).backward()
            step.step()
        reached = accuracy(net, images[held], labels[held])
        if reached >= GIVEN.until:
            break
    return {'epochs': epoch, 'valid_accuracy': reached, 'test_accuracy':
            accuracy(net, *mnist('t10k'))}


def call_time(net, images):
    """Seconds of one call: the median."""
    times, end = [], time.perf_counter() + GIVEN.seconds
    with torch.no_grad():
        for _ in range(3):
            net(images)
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            net(images)
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    torch.manual_seed(GIVEN.seed)
    torch.set_num_threads(GIVEN.threads)
    net = network(GIVEN.recipe)
    result = {'peer': 'PyTorch ' + torch.__version__, 'recipe': GIVEN.recipe,
              'parameters': sum(p.numel() for p in net.parameters()), 'threads': GIVEN.threads,
              'batch': GIVEN.batch}
    if GIVEN.until is not None:
        result.update(train_until(net))
        print(json.dumps(result))
        return
    images, labels = noise()
    if GIVEN.what != 'infer':
        result['train_images_per_second'] = train_rate(net, images, labels)
    if GIVEN.what != 'train':
        net.eval()
        result['infer_single_us'] = 1e6 * call_time(net, images[:1])
        result['infer_images_per_second'] = 256 / call_time(net, images[:256])
    print(json.dumps(result))


main()
