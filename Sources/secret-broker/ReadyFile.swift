import Broker
import Glibc
import WireJSON

/// The file of `--ready-file`, written once the broker answers: whole, and readable only by its owner.
struct ReadyFile {
    let path: String

    func requireWritable() throws { try TextFile.requireWritable(path) }

    func write(url: String, more: [(String, String)] = []) throws {
        let json = JSONObject()
        json.set("url", url)
        json.set("pid", Int64(getpid()))
        for (key, value) in more { json.set(key, value) }
        try TextFile.replace(path, with: json.text + "\n")
    }
}
