/// What texts are like, which `TextModel` has learned before it meets one: letters and words of plans, and the usual nodes of graphs as
/// `GraphText` writes them. It is a part of the format: files that were written with another one would be of another version.
enum TextDictionary {
    static var bytes: [UInt8] {
        (plan.replacing("\n", with: "\0") + graph).unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// A line ends with 0 here.
    private static let plan = """
        esnnnnesnnnnennnnsenenennen# A recipe of Pare: what becomes of each layer's weights.
        pare: 1
        model: {path: model.onnx, sha256: 0123456789abcdef}
        global: {filters: {fraction: 0.75, by: l2}, factorize: {ranks: {energy: 0.9}}, prune: {sparsity: 0.5}, share: {clusters: 32, i\
        nit: entropy}, code: {entropy: context}}
        types:
          Gemm: {prune: {sigma: 1.0}, share: {step: 0.012345678, init: trellis}, code: {layout: dense}}
          Conv: {factorize: {ranks: auto, norm: data}, share: {lambda: 0.001}}
          MatMul: {factorize: none, share: none}
        layers:
          features.0.weight: {prune: none, code: {entropy: huffman}}
          re:.*layers.1: {share: {clusters: 16, init: linear}, code: {entropy: auto, gapBits: auto}}
        ignore:
        - classifier.1.weight
        rest: {bits: 16}
        reconstruct: {samples: 256}
        fitted: {data: test.yaml, taken: 1000, of: 10000, sha256: 0123456789abcdef}

        """

    private static let graph = """
        \u{8}\u{8}\u{12}pytorch\0\u{1A}2.1.0\0:\u{A}\u{12}/Constant_output_0\0\u{1A}/Constant\0\"Constant\0\0\u{A}\u{A}/attn/Transpose\
        _output_0\0\u{A}onnx::Reshape_10\0\u{12}/attn/Reshape_output_0\0\u{1A}/attn/Reshape\0\"Reshape\0\0\u{A}\u{A}/layers.0/norm/Lay\
        erNormalization_output_0\0\u{A}onnx::MatMul_12\0\u{12}/layers.0/attn/MatMul_output_0\0\u{1A}/layers.0/attn/MatMul\0\"MatMul\0\
        \0\u{A}\u{A}x\0\u{A}encoder.layer.0.norm1.weight\0\u{A}encoder.layer.0.norm1.bias\0\u{12}y\0\"LayerNormalization\0*\u{A}axis\0\
        \u{18}\u{1}\u{A0}\u{1}\u{2}\0*\u{A}epsilon\0\u{15}\u{AC}\u{C5}'7\u{A0}\u{1}\u{1}\0\0\u{A}\u{A}logits\0\u{12}prob\0\u{1A}softma\
        x\0\"Softmax\0*\u{A}axis\0\u{18}\u{1}\u{A0}\u{1}\u{2}\0\0\u{A}\u{A}x\0\u{12}y\0\"Transpose\0*\u{A}perm\0B\u{4}\0\u{2}\u{1}\
        \u{3}\u{A0}\u{1}\u{7}\0\0\u{A}\u{A}x\0\u{A}y\0\u{12}z\0\u{1A}/Concat\0\"Concat\0*\u{A}axis\0\u{18}\u{1}\u{A0}\u{1}\u{2}\0\0\
        \u{A}\u{A}x\0\u{A}starts\0\u{A}ends\0\u{A}axes\0\u{A}steps\0\u{12}y\0\"Slice\0\0\u{A}\u{A}x\0\u{A}pads\0\u{12}y\0\"Pad\0*\u{A}\
        mode\0\"constant\0\u{A0}\u{1}\u{3}\0\0\u{A}\u{A}x\0\u{A}axes\0\u{12}y\0\"Squeeze\0\0\u{A}\u{A}x\0\u{A}axes\0\u{12}y\0\"Unsquee\
        ze\0\0\u{A}\u{A}x\0\u{A}lstm.W\0\u{A}lstm.R\0\u{A}lstm.B\0\u{A}\0\u{A}h0\0\u{A}c0\0\u{12}y\0\u{12}hn\0\u{12}cn\0\u{1A}lstm\0\"\
        LSTM\0*\u{A}direction\0\"forward\0\u{A0}\u{1}\u{3}\0*\u{A}hidden_size\0\u{18}@\u{A0}\u{1}\u{2}\0\0\u{A}\u{A}embedding.weight\0\
        \u{A}tokens\0\u{12}emb\0\u{1A}embedding\0\"Gather\0\0\u{A}\u{A}input\0\u{A}decoder.0.weight\0\u{A}decoder.0.bias\0\u{12}convtr\
        anspose_1\0\u{1A}convtranspose_1\0\"ConvTranspose\0*\u{A}dilations\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0*\u{A}group\0\u{18}\u{1}\
        \u{A0}\u{1}\u{2}\0*\u{A}kernel_shape\0@\u{3}@\u{3}\u{A0}\u{1}\u{7}\0*\u{A}pads\0B\u{4}\u{1}\u{1}\u{1}\u{1}\u{A0}\u{1}\u{7}\0*\
        \u{A}strides\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0\0\u{A}\u{A}x\0\u{12}y\0\u{1A}tanh_1\0\"Tanh\0\0\u{A}\u{A}x\0\u{12}y\0\u{1A}sigmoi\
        d_1\0\"Sigmoid\0\0\u{A}\u{A}x\0\u{A}y\0\u{12}z\0\u{1A}mul\0\"Mul\0\0\u{A}\u{A}x\0\u{A}min\0\u{A}max\0\u{12}y\0\u{1A}relu6\0\"C\
        lip\0\0\u{A}\u{A}x\0\u{12}y\0\"LeakyRelu\0*\u{A}alpha\0\u{15}\u{A}\u{D7}#<\u{A0}\u{1}\u{1}\0\0\u{A}\u{A}input\0\u{A}features.0\
        .weight\0\u{A}features.0.bias\0\u{12}/features/features.0/Conv_output_0\0\u{1A}/features/features.0/Conv\0\"Conv\0*\u{A}dilati\
        ons\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0*\u{A}group\0\u{18}\u{1}\u{A0}\u{1}\u{2}\0*\u{A}kernel_shape\0@\u{3}@\u{3}\u{A0}\u{1}\u{7}\
        \0*\u{A}pads\0B\u{4}\u{1}\u{1}\u{1}\u{1}\u{A0}\u{1}\u{7}\0*\u{A}strides\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0\0\u{A}\u{A}/features/f\
        eatures.0/Conv_output_0\0\u{12}/relu/Relu_output_0\0\u{1A}/relu/Relu\0\"Relu\0\0\u{A}\u{A}input\0\u{A}conv1.weight\0\u{12}conv\
        1_o\0\u{1A}conv1\0\"Conv\0*\u{A}dilations\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0*\u{A}group\0\u{18}\u{1}\u{A0}\u{1}\u{2}\0*\u{A}kerne\
        l_shape\0@\u{3}@\u{3}\u{A0}\u{1}\u{7}\0*\u{A}pads\0B\u{4}\u{1}\u{1}\u{1}\u{1}\u{A0}\u{1}\u{7}\0*\u{A}strides\0@\u{1}@\u{1}\
        \u{A0}\u{1}\u{7}\0\0\u{A}\u{A}conv1_o\0\u{A}bn1.weight\0\u{A}bn1.bias\0\u{A}bn1.running_mean\0\u{A}bn1.running_var\0\u{12}bn1_\
        o\0\u{1A}bn1\0\"BatchNormalization\0*\u{A}epsilon\0\u{15}\u{AC}\u{C5}'7\u{A0}\u{1}\u{1}\0*\u{A}momentum\0\u{15}fff?\u{A0}\u{1}\
        \u{1}\0\0\u{A}\u{A}bn1_o\0\u{12}relu1\0\u{1A}relu1\0\"Relu\0\0\u{A}\u{A}relu1\0\u{12}maxpool_3\0\u{1A}maxpool_3\0\"MaxPool\0*\
        \u{A}ceil_mode\0\u{18}\0\u{A0}\u{1}\u{2}\0*\u{A}kernel_shape\0@\u{3}@\u{3}\u{A0}\u{1}\u{7}\0*\u{A}pads\0B\u{4}\0\0\0\0\u{A0}\
        \u{1}\u{7}\0*\u{A}strides\0@\u{2}@\u{2}\u{A0}\u{1}\u{7}\0\0\u{A}\u{A}maxpool_3\0\u{A}layer1.0.conv1.weight\0\u{A}layer1.0.conv\
        1.bias\0\u{12}layer1.0.conv1\0\u{1A}layer1.0.conv1\0\"Conv\0*\u{A}kernel_shape\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0*\u{A}pads\0B\
        \u{4}\0\0\0\0\u{A0}\u{1}\u{7}\0*\u{A}strides\0@\u{2}@\u{2}\u{A0}\u{1}\u{7}\0\0\u{A}\u{A}layer1.0.conv1\0\u{A}layer1.0.downsamp\
        le.1.weight\0\u{A}layer1.0.downsample.1.bias\0\u{A}layer1.0.downsample.1.running_mean\0\u{A}layer1.0.downsample.1.running_var\
        \0\u{12}layer1.0.downsample.1\0\u{1A}layer1.0.downsample.1\0\"BatchNormalization\0*\u{A}epsilon\0\u{15}\u{AC}\u{C5}'7\u{A0}\
        \u{1}\u{1}\0*\u{A}momentum\0\u{15}fff?\u{A0}\u{1}\u{1}\0\0\u{A}\u{A}layer1.0.conv1\0\u{A}relu1\0\u{12}add_1\0\u{1A}add_1\0\"Ad\
        d\0\0\u{A}\u{A}add_1\0\u{12}avgpool\0\u{1A}avgpool\0\"AveragePool\0*\u{A}kernel_shape\0@\u{7}@\u{7}\u{A0}\u{1}\u{7}\0*\u{A}str\
        ides\0@\u{1}@\u{1}\u{A0}\u{1}\u{7}\0\0\u{A}\u{A}add_1\0\u{12}pool\0\u{1A}pool\0\"GlobalAveragePool\0\0\u{A}\u{A}pool\0\u{12}fl\
        atten_9\0\u{1A}flatten\0\"Flatten\0*\u{A}axis\0\u{18}\u{1}\u{A0}\u{1}\u{2}\0\0\u{A}\u{A}flatten_9\0\u{A}fc.weight\0\u{A}fc.bia\
        s\0\u{12}output\0\u{1A}fc\0\"Gemm\0*\u{A}alpha\0\u{15}\0\0\u{80}?\u{A0}\u{1}\u{1}\0*\u{A}beta\0\u{15}\0\0\u{80}?\u{A0}\u{1}\
        \u{1}\0*\u{A}transB\0\u{18}\u{1}\u{A0}\u{1}\u{2}\0\0\u{12}main_graph\0*\u{A}\u{4}\u{10}\u{3}\u{3}\u{3}\u{10}\u{1}Bconv1.weight\
        \0p\u{1}\0*\u{8}\u{10}\u{10}\u{1}Bbn1.weight\0p\u{1}\0*\u{8}\u{10}\u{10}\u{1}Bbn1.bias\0p\u{1}\0*\u{8}\u{10}\u{10}\u{1}Bbn1.ru\
        nning_mean\0p\u{1}\0*\u{8}\u{10}\u{10}\u{1}Bbn1.running_var\0p\u{1}\0*\u{8}\u{A}\u{8}@\u{10}\u{1}Bfc.weight\0p\u{1}\0*\u{8}\
        \u{A}\u{10}\u{1}Bfc.bias\0p\u{1}\0Z\u{A}input\0\u{12}\u{A}\u{8}\u{1}\u{12}\u{A}\u{12}batch\0\0\u{A}\u{8}\u{3}\0\u{A}\u{8} \0\
        \u{A}\u{8} \0\0\0\0\0b\u{A}output\0\u{12}\u{A}\u{8}\u{1}\u{12}\u{A}\u{12}batch\0\0\u{A}\u{8}\u{A}\0\0\0\0\0\0B\u{10}\u{D}\0
        """
}
