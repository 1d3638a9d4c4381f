extension LayerFigures {
    /// How many times smaller the layer's weights are than as they were stored.
    public var weightRatio: Double {
        account.byteCount == 0 ? 1 : Double(stages.original) / Double(account.weightBits)
    }

    /// Root of the mean squared error over all weights.
    public var rootMeanSquareError: Double {
        weightCount == 0 ? 0 : (squaredError / Double(weightCount)).squareRoot()
    }
}
