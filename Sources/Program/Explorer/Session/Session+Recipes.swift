import Basics
import Compression
import Glibc
import Recipes

/// Recipes of the open model, read and written.
extension Session {
    func readRecipe(_ path: String, on bench: Workbench) {
        files.submit("read recipe") { [self] in
            do {
                let read = try ReadRecipe(path)
                let plans = try read.recipe.plans(for: bench.model)
                let warning = bench.warning(of: read.recipe, plans)
                bench.expect(read.recipe)
                post(
                    .recipeRead(
                        path: path, plans: plans, reconstruct: read.recipe.reconstruct, found: read.recipe.found, digest: read.digest, warning: warning),
                    from: bench)
            } catch {
                post(.failed(message: message(for: error)), from: bench)
            }
        }
    }

    func writeRecipe(_ request: RecipeRequest, on bench: Workbench) {
        save("write recipe", on: files) { [self] in
            let place = expanded(request.path)
            do {
                let base = exists(place) ? try? RecipeFile.read(place) : nil
                var recipe = Recipe(describing: request.plans, model: bench.model, base: base)
                (recipe.reconstruct, recipe.found) = (request.reconstruct, request.found)
                // A digest that is not known yet is left out; one of another file would be wrong.
                recipe.model?.sha256 = bench.digest
                switch try RecipeFile.write(recipe, to: place, over: request.over) {
                case .written(let digest):
                    post(.recipeWritten(request, digest: digest), from: bench)
                    memory.remember(
                        RecentFile(model: bench.path, recipe: absolute(place), data: bench.dataPath, opened: currentSeconds()))
                case .exists: post(.recipeExists(request), from: bench)
                case .changed(let theirs, let ours):
                    post(.recipeChanged(request, RecipeConflict(path: request.path, disk: theirs, screen: ours)), from: bench)
                }
            } catch {
                post(.failed(message: message(for: error)), from: bench)
            }
        }
    }

    /// The recipe that a model was opened with, looked at again for what is not in its plans; nil of a pipe, which can be read once.
    func lookAgain(at path: String?) -> ReadRecipe? {
        var status = stat()
        guard let path, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return try? ReadRecipe(path)
    }

    /// Works out the digest of the model's file, which recipes name; tells where the recipe in force names another.
    func digest(_ bench: Workbench) {
        guard let path = bench.filePath else { return }
        // On a thread that stands back: a large file takes minutes.
        digests.submit(path, rank: 0, job: "digest") { [self] token in
            guard let digest = try? SHA256.hexDigest(ofFile: path, isCancelled: { token.isCancelled }), bench.fileState == FileState(of: path)
            else { return }
            if let warning = bench.take(digest: digest) { post(.failed(message: warning), from: bench) }
        }
    }
}
