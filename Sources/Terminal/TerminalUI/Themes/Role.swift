/// What a style is for; themes give each role a style.
public enum Role: String, Sendable, Hashable, CaseIterable {
    /// Ordinary text on the theme's background: the ground of everything.
    case text
    /// Text of less weight: units, hints, labels.
    case dim
    /// A pane's title.
    case title
    /// The title of the pane that has the focus.
    case titleFocused
    case border
    case borderFocused
    /// What leads the eye: the answer in the header, the cursor's sign.
    case accent
    /// A table's column headings.
    case heading
    /// The row under the cursor in the pane that has the focus.
    case selection
    /// The row under the cursor in another pane.
    case selectionUnfocused
    /// A row marked for a bulk edit.
    case marked
    /// Characters that a filter matched.
    case match
    case good
    case bad
    case warning
    /// A figure that is not up to date.
    case stale
    /// A figure that is an estimate.
    case estimated
    /// Work that is going on.
    case busy
    case sliderTrack
    case sliderFill
    case sliderKnob
    /// A control that cannot be changed now.
    case disabled
    /// Weights as they were.
    case histogramOriginal
    /// Weights as they are stored.
    case histogramCompressed
    /// The band of magnitudes that pruning drops.
    case histogramDropped
    /// Weights as they would be otherwise, as a line over the others.
    case histogramOutline
    case centroid
    case axis
    /// A row or column of which nothing is left.
    case mapDead
    case barOriginal
    case barPruned
    case barShared
    case barCoded
    /// A key in the footer and in the help.
    case key
    /// The line at the bottom.
    case status
    /// A window over the panes.
    case overlay
    case overlayBorder
    /// What lies under a window's edge.
    case shadow
    /// A text field.
    case input
    /// The cell that the next character goes to.
    case inputCursor
    case scrollbar
    case scrollbarThumb

    /// The role whose style stands in where a theme says nothing, and the attributes added to it.
    public var fallback: (role: Role, attributes: Attributes)? {
        switch self {
        case .text: nil
        case .dim: (.text, .dim)
        case .title: (.text, [])
        case .titleFocused: (.accent, .bold)
        case .border: (.dim, [])
        case .borderFocused: (.accent, [])
        case .accent: (.text, .bold)
        case .heading: (.dim, [])
        case .selection: (.text, .reverse)
        case .selectionUnfocused: (.text, .underline)
        case .marked: (.accent, [])
        case .match: (.accent, .underline)
        case .good, .bad, .warning: (.text, .bold)
        case .stale: (.dim, .italic)
        case .estimated: (.text, .italic)
        case .busy: (.accent, [])
        case .sliderTrack: (.border, [])
        case .sliderFill: (.accent, [])
        case .sliderKnob: (.text, .bold)
        case .disabled: (.dim, [])
        case .histogramOriginal: (.dim, [])
        case .histogramCompressed: (.accent, [])
        case .histogramDropped: (.dim, [])
        case .histogramOutline: (.warning, [])
        case .centroid: (.warning, [])
        case .axis: (.border, [])
        case .mapDead: (.bad, [])
        case .barOriginal: (.dim, [])
        case .barPruned, .barShared: (.text, [])
        case .barCoded: (.accent, [])
        case .key: (.accent, .bold)
        case .status: (.dim, [])
        case .overlay: (.text, [])
        case .overlayBorder: (.borderFocused, [])
        case .shadow: (.dim, [])
        case .input: (.text, .underline)
        case .inputCursor: (.text, .reverse)
        case .scrollbar: (.border, [])
        case .scrollbarThumb: (.dim, [])
        }
    }

    /// Attributes that carry the role's meaning where there are no colours.
    public var monochromeAttributes: Attributes {
        switch self {
        case .titleFocused, .selection, .inputCursor: [.reverse, .bold]
        case .accent, .good, .bad, .warning, .marked, .sliderKnob, .key, .borderFocused, .mapDead, .centroid, .barCoded,
            .histogramCompressed, .histogramOutline:
            .bold
        case .heading, .selectionUnfocused, .match, .input: .underline
        case .dim, .border, .stale, .disabled, .sliderTrack, .histogramDropped, .shadow, .scrollbar: .dim
        default: []
        }
    }
}
