/// Everything a person can ask for: what keys are bound to, what the palette lists, and what the help explains.
public enum Command: String, Sendable, Hashable, CaseIterable {
    // Moving
    case next, previous, nextPage, previousPage, first, last
    case focusNext, focusPrevious, focusLayers, focusWeights, focusMap, focusControls
    case enlarge, restore
    // Adjusting
    case decrease, increase, decreaseMuch, increaseMuch, type
    case nextControl, previousControl, nextUnit, automaticRanks
    case reset, resetAll, undo, redo
    // Marking
    case mark, markAll, unmarkAll, applyPlan, applyControl
    // Comparing
    case pin, swapPin, unpin
    // Recovering
    case reconstruct, finetune
    // Viewing
    case filter, back, sort, reverseSort, logCounts, zoomIn, zoomOut, resetView, measures, factors, nextFactor, samples
    case panLeft, panRight, panUp, panDown
    // Files
    case open, data, inputShapes, save, saveAs, export, start
    // Pare
    case palette, theme, help, suspend, redraw, quit

    /// What the command does, in the imperative, as the palette and the help say it.
    public var title: String {
        switch self {
        case .next: "Select the next line"
        case .previous: "Select the previous line"
        case .nextPage: "Move a page down"
        case .previousPage: "Move a page up"
        case .first: "Move to the first line"
        case .last: "Move to the last line"
        case .focusNext: "Focus the next pane"
        case .focusPrevious: "Focus the previous pane"
        case .focusLayers: "Focus the layers"
        case .focusWeights: "Focus the weights"
        case .focusMap: "Focus the map"
        case .focusControls: "Focus the controls"
        case .enlarge: "Enlarge the focused pane"
        case .restore: "Show all panes again"
        case .decrease: "Move the slider left"
        case .increase: "Move the slider right"
        case .decreaseMuch: "Move the slider ten steps left"
        case .increaseMuch: "Move the slider ten steps right"
        case .type: "Type an exact value"
        case .nextControl: "Take the next slider"
        case .previousControl: "Take the previous slider"
        case .nextUnit: "Read pruning as sparsity, sigma or threshold"
        case .automaticRanks: "Choose the ranks automatically, or leave the layer whole"
        case .reset: "Reset the layer"
        case .resetAll: "Reset all layers"
        case .undo: "Undo"
        case .redo: "Redo"
        case .mark: "Mark the layer, and go on"
        case .markAll: "Mark all layers shown"
        case .unmarkAll: "Unmark all layers"
        case .applyPlan: "Apply this layer's plan to the marked ones"
        case .applyControl: "Apply this slider to the marked layers"
        case .pin: "Pin this configuration for comparison"
        case .swapPin: "Swap with the pinned configuration"
        case .unpin: "Forget the pinned configuration"
        case .filter: "Filter the layers"
        case .back: "Step back: all panes, the layers, no filter"
        case .sort: "Sort by the next column"
        case .reverseSort: "Turn the sorting round"
        case .logCounts: "Switch between linear and log counts"
        case .zoomIn: "Zoom in"
        case .zoomOut: "Zoom out"
        case .resetView: "Show all of the histogram or the map"
        case .factors: "Show spectra and energies, or weights"
        case .nextFactor: "Show the next factor's weights"
        case .samples: "Show samples: images, text or classes, the original's beside the compressed"
        case .panLeft: "Pan left"
        case .panRight: "Pan right"
        case .panUp: "Pan up"
        case .panDown: "Pan down"
        case .reconstruct: "Fit what is left to the original's outputs, or stop doing so"
        case .finetune: "Fine-tune under this configuration"
        case .measures: "Show all measures of quality"
        case .open: "Open a model or a recipe"
        case .data: "Choose the data that quality is measured on"
        case .inputShapes: "Give the shapes of the network's inputs"
        case .save: "Save the recipe"
        case .saveAs: "Save the recipe under another name"
        case .export: "Write the compressed network"
        case .start: "Go to the start screen"
        case .palette: "Find a command"
        case .theme: "Choose a theme"
        case .help: "Show the keys"
        case .suspend: "Suspend Pare"
        case .redraw: "Draw the screen anew"
        case .quit: "Quit"
        }
    }

    /// Under which heading the help lists the command.
    public var group: CommandGroup {
        switch self {
        case .next, .previous, .nextPage, .previousPage, .first, .last, .focusNext, .focusPrevious, .focusLayers,
            .focusWeights, .focusMap, .focusControls, .enlarge, .restore:
            .moving
        case .decrease, .increase, .decreaseMuch, .increaseMuch, .type, .nextControl, .previousControl, .nextUnit,
            .automaticRanks, .reset,
            .resetAll, .undo, .redo:
            .adjusting
        case .mark, .markAll, .unmarkAll, .applyPlan, .applyControl: .marking
        case .pin, .swapPin, .unpin: .comparing
        case .reconstruct, .finetune: .recovering
        case .filter, .back, .sort, .reverseSort, .logCounts, .zoomIn, .zoomOut, .resetView, .measures, .factors,
            .nextFactor, .samples, .panLeft, .panRight, .panUp, .panDown:
            .viewing
        case .open, .data, .inputShapes, .save, .saveAs, .export, .start: .files
        case .palette, .theme, .help, .suspend, .redraw, .quit: .pare
        }
    }
}

/// The headings of the help.
public enum CommandGroup: String, Sendable, Hashable, CaseIterable {
    case moving, adjusting, marking, comparing, recovering, viewing, files, pare

    public var title: String {
        switch self {
        case .moving: "Moving"
        case .adjusting: "Adjusting"
        case .marking: "Many layers at once"
        case .comparing: "Comparing"
        case .recovering: "Bringing quality back"
        case .viewing: "Viewing"
        case .files: "Files"
        case .pare: "Pare"
        }
    }
}
