"""torchvision's classifiers, as they are but narrower."""

from .architecture import Architecture, images, narrowed
from .vision import models  # before all else of torchvision

from torchvision.models.efficientnet import EfficientNet, _efficientnet_conf
from torchvision.models.mobilenetv3 import MobileNetV3, _mobilenet_v3_conf
from torchvision.models.regnet import BlockParams, RegNet
from torchvision.models.resnet import Bottleneck

CLASSES = 10


def mobilenet_v3():
    settings, last = _mobilenet_v3_conf("mobilenet_v3_small", width_mult=0.5)
    return MobileNetV3(settings, last, num_classes=CLASSES)


def efficientnet_b0():
    settings, last = _efficientnet_conf("efficientnet_b0", width_mult=0.25, depth_mult=1.0)
    return EfficientNet(settings, dropout=0.2, last_channel=last, num_classes=CLASSES)


def regnet_y():
    return RegNet(BlockParams.from_init_params(depth=8, w_0=16, w_a=12.0, w_m=2.1, group_width=8, se_ratio=0.25), num_classes=CLASSES)


def googlenet():
    return narrowed(models.googlenet(weights=None, num_classes=CLASSES, aux_logits=False, init_weights=False), 4)


def resnext():
    return narrowed(models.ResNet(Bottleneck, [1, 1, 1, 1], num_classes=CLASSES, groups=4, width_per_group=16), 4)


def inception():
    return narrowed(models.inception_v3(weights=None, num_classes=CLASSES, aux_logits=False, init_weights=False, transform_input=True), 8)


CLASSIFIERS = [
    Architecture("resnet18", lambda: narrowed(models.resnet18(num_classes=CLASSES), 4), images(64)),
    Architecture("densenet121", lambda: models.DenseNet(8, (6, 12, 24, 16), 16, num_classes=CLASSES), images(64)),
    Architecture("mobilenet-v2", lambda: models.MobileNetV2(CLASSES, width_mult=0.25), images(64)),
    Architecture("mobilenet-v3", mobilenet_v3, images(64), fixed=2),
    Architecture("efficientnet-b0", efficientnet_b0, images(64)),
    Architecture("regnet-y", regnet_y, images(64)),
    Architecture("shufflenet-v2", lambda: models.ShuffleNetV2([4, 8, 4], [24, 32, 64, 128, 256], CLASSES), images(64)),
    Architecture("googlenet", googlenet, images(64), fixed=4),
    Architecture("resnext", resnext, images(64)),
    Architecture("squeezenet", lambda: narrowed(models.squeezenet1_1(num_classes=CLASSES), 4), images(64)),
    Architecture("inception-v3", inception, images(96), samples=24),
    Architecture("mnasnet", lambda: models.MNASNet(0.25, CLASSES), images(64)),
    Architecture("vgg11-bn", lambda: narrowed(models.vgg11_bn(num_classes=CLASSES), 16), images(224), samples=16, calibration=48),
]
