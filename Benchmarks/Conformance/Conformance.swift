import Execution
import Foundation

/// Runs models on inputs that another program gives, a request and an answer a line, both JSON.
///
/// A request names a model's file and its inputs (element type, shape, elements in base64); the answer holds the outputs the
/// same way, or why the model was refused. Tests/Generators/check_conformance.py asks.
@main
struct Conformance {
    static func main() throws {
        while let line = readLine() {
            print(String(decoding: try JSONEncoder().encode(answer(to: line)), as: UTF8.self))
            fflush(nil)
        }
    }

    private static func answer(to line: String) -> RunAnswer {
        do {
            return try RunRequest.decoded(line).answer()
        } catch let error as ExecutionError {
            return RunAnswer(refused: error.message)
        } catch let fault as RequestFault {
            return RunAnswer(refused: fault.reason)
        } catch {
            return RunAnswer(refused: "\(error)")
        }
    }
}

/// Why a request cannot be answered.
struct RequestFault: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
}
