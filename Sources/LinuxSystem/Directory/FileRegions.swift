import CLinux
import Glibc

/// Where a file has content, and where holes that read as zeros (lseek(2), SEEK_DATA and SEEK_HOLE).
public enum FileRegions {
    /// The parts with content, in order; nil when there are more than `limit`. It moves the file's offset.
    public static func list(_ file: CInt, size: Int64, limit: Int) throws(SystemError) -> [Range<Int64>]? {
        var regions: [Range<Int64>] = []
        var offset: Int64 = 0
        while offset < size {
            let start = try seek(file, offset, berth_seek_data)
            guard let start, start < size else { return regions }
            let end = min(try seek(file, start, berth_seek_hole) ?? size, size)
            guard regions.count < limit, end > start else { return nil }
            regions.append(start..<end)
            offset = end
        }
        return regions
    }

    /// - Returns: nil when nothing of the kind comes after the offset.
    private static func seek(
        _ file: CInt, _ offset: Int64, _ call: (CInt, Int64) -> Int64
    ) throws(SystemError) -> Int64? {
        do {
            return try systemCall("lseek", "\(file)") { call(file, offset) }
        } catch {
            guard error.errno.rawValue == ENXIO else { throw error }
            return nil
        }
    }
}
