import Basics
import Reports
import Search
import Synchronization
import Workbench

extension Session {
    /// Works out what layers can lose by each stage alone, from what the data says of them.
    func findSensitivity(on bench: Workbench) {
        guard let importance = bench.importance else {
            return post(.sensitivity(.failed("what layers' outputs count for is not known any more: press Y again")), from: bench)
        }
        sensitivities.submit(.find, rank: 0, job: "look at what layers can lose") { [self] token in
            do {
                let stages = Set(SearchStage.allCases)
                // A frame for every hundredth is enough.
                let hundredths = Mutex(0)
                let layers = try LayerSensitivity.all(of: bench.composer, importance, stages: stages, cancellation: token) { [self] part, stage in
                    let place = stages.sorted().firstIndex(of: stage) ?? 0
                    let fraction = (Double(place) + min(1, part)) / Double(stages.count)
                    let isNew = hundredths.withLock { hundredths in
                        guard Int(fraction * 100) > hundredths else { return false }
                        hundredths = Int(fraction * 100)
                        return true
                    }
                    if isNew { post(.sensitivity(.comes(fraction)), from: bench) }
                }
                post(.sensitivity(.known(layers)), from: bench)
            } catch {
                let reason = error is Cancelled || token.isCancelled ? "it was stopped: press Y again" : message(for: error)
                post(.sensitivity(.failed(reason)), from: bench)
            }
        }
    }

    /// Writes the table to a file that is not there yet.
    func write(_ layers: [LayerSensitivity], to path: String, on bench: Workbench) {
        let model = bench.composer.model
        let (stages, losses) = (SearchStage.allCases, SensitivityTable.losses)
        let data = bench.dataPath ?? "random inputs"
        guard path.hasSuffix(".json") else {
            return writeTable(TextReport.sensitivityCSV(layers, of: model, stages: stages, losses: losses) + "\n", to: path, on: bench)
        }
        do {
            writeTable(try JSONText.of(SensitivityReport(layers, of: model, data: data, stages: stages, losses: losses)) + "\n", to: path, on: bench)
        } catch {
            post(.failed(message: message(for: error)), from: bench)
        }
    }

    /// Writes a text to a file that is not there yet.
    func writeTable(_ text: String, to path: String, on bench: Workbench) {
        save("write the table", on: files) { [self] in
            do {
                guard try AtomicFile.write(Array(text.utf8), to: path, if: { !exists(path) }) else {
                    return post(.failed(message: "\(fileName(of: path)) is there already: write to another name"), from: bench)
                }
                post(.tableWritten(path), from: bench)
            } catch {
                post(.failed(message: "\(fileName(of: path)): \(message(for: error))"), from: bench)
            }
        }
    }
}
