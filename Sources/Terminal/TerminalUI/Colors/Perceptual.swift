import Glibc

/// A colour in CIELAB (D65), where Euclidean distance is roughly what an eye sees.
public struct LabColor: Sendable, Hashable {
    /// 0 black … 100 white.
    public var lightness: Double
    /// Green (negative) to red.
    public var a: Double
    /// Blue (negative) to yellow.
    public var b: Double

    public init(lightness: Double, a: Double, b: Double) {
        self.lightness = lightness
        self.a = a
        self.b = b
    }

    public init(_ color: RGB) {
        let (red, green, blue) = (color.red.linear, color.green.linear, color.blue.linear)
        // sRGB → XYZ (IEC 61966-2-1), divided by the D65 white point.
        let x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
        let y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
        let z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883
        func f(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
        self.init(lightness: 116 * f(y) - 16, a: 500 * (f(x) - f(y)), b: 200 * (f(y) - f(z)))
    }

    /// The nearest sRGB colour, each channel clamped.
    public var rgb: RGB {
        let fy = (lightness + 16) / 116
        func inverse(_ t: Double) -> Double { t * t * t > 216.0 / 24389 ? t * t * t : (116 * t - 16) * 27 / 24389 }
        let x = inverse(fy + a / 500) * 0.95047
        let y = inverse(fy)
        let z = inverse(fy - b / 200) * 1.08883
        return RGB(
            UInt8(linear: 3.2404542 * x - 1.5371385 * y - 0.4985314 * z),
            UInt8(linear: -0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
            UInt8(linear: 0.0556434 * x - 0.2040259 * y + 1.0572252 * z))
    }

    /// Distance from grey.
    public var chroma: Double { hypot(a, b) }

    /// Squared Euclidean distance (ΔE*ab, CIE 1976, squared).
    public func squaredDistance(to other: LabColor) -> Double {
        let (dl, da, db) = (lightness - other.lightness, a - other.a, b - other.b)
        return dl * dl + da * da + db * db
    }
}

extension UInt8 {
    /// The sRGB channel as linear light, 0…1.
    var linear: Double {
        let value = Double(self) / 255
        return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    init(linear: Double) {
        let value = Swift.max(0, Swift.min(1, linear))
        let encoded = value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
        self = UInt8((encoded * 255).rounded())
    }
}

extension RGB {
    /// Relative luminance, 0…1 (WCAG 2.1).
    public var luminance: Double { 0.2126 * red.linear + 0.7152 * green.linear + 0.0722 * blue.linear }

    /// Contrast ratio of two colours, 1…21 (WCAG 2.1).
    public func contrast(with other: RGB) -> Double {
        let (bright, dark) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (bright + 0.05) / (dark + 0.05)
    }

    /// Hue of the HSV model, 0 red, 120 green, 240 blue; 0 for greys.
    var hueDegrees: Double {
        let (r, g, b) = (Double(red), Double(green), Double(blue))
        let (high, low) = (max(r, g, b), min(r, g, b))
        guard high > low else { return 0 }
        let sector =
            high == r ? (g - b) / (high - low) : high == g ? 2 + (b - r) / (high - low) : 4 + (r - g) / (high - low)
        return (sector * 60 + 360).truncatingRemainder(dividingBy: 360)
    }

    /// The colour `fraction` of the way to another, in CIELAB.
    public func mixed(with other: RGB, fraction: Double) -> RGB {
        let (from, to) = (LabColor(self), LabColor(other))
        let t = max(0, min(1, fraction))
        return LabColor(
            lightness: from.lightness + (to.lightness - from.lightness) * t, a: from.a + (to.a - from.a) * t,
            b: from.b + (to.b - from.b) * t
        ).rgb
    }
}
