import CCurl

/// An easy handle of libcurl with the connections that it keeps open. For one thread at a time.
///
/// Sendable: the pool hands it from thread to thread, never to two.
final class CurlHandle: @unchecked Sendable {
    typealias Transferrer = @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    typealias Seeker = @convention(c) (UnsafeMutableRawPointer?, curl_off_t, CInt) -> CInt
    typealias Watcher =
        @convention(c) (
            UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t
        ) -> CInt

    private let raw: UnsafeMutableRawPointer
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headers: UnsafeMutablePointer<curl_slist>?

    init() {
        // Fails only without memory.
        raw = curl_easy_init()!
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    /// All options to their defaults; open connections stay.
    func reset() {
        curl_easy_reset(raw)
        curl_slist_free_all(headers)
        headers = nil
        errorText[0] = 0
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    func set(_ option: CURLoption, _ value: Int) { berth_curl_set_long(raw, option, value) }
    func set(_ option: CURLoption, size: Int64) { berth_curl_set_size(raw, option, curl_off_t(size)) }
    func set(_ option: CURLoption, _ value: String) { berth_curl_set_string(raw, option, value) }
    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) { berth_curl_set_pointer(raw, option, pointer) }
    func set(_ option: CURLoption, _ function: Transferrer) { berth_curl_set_transfer(raw, option, function) }
    func setSeek(_ function: Seeker) { berth_curl_set_seek(raw, function) }
    func setProgress(_ function: Watcher) {
        berth_curl_set_progress(raw, function)
        set(CURLOPT_NOPROGRESS, 0)
    }

    func set(headers lines: [String]) {
        for line in lines { headers = curl_slist_append(headers, line) }
        berth_curl_set_pointer(raw, CURLOPT_HTTPHEADER, headers)
    }

    func perform() -> CURLcode { curl_easy_perform(raw) }

    /// Where a `Location` header leads, in full; nil without one.
    var redirectURL: String? {
        var url: UnsafeMutablePointer<CChar>?
        guard berth_curl_get_string(raw, CURLINFO_REDIRECT_URL, &url) == CURLE_OK, let url else { return nil }
        return String(cString: url)
    }

    /// What went wrong, for people.
    func message(_ code: CURLcode) -> String {
        let text = String(cString: errorText)
        return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
    }

    /// A `Location` relative to the URL that it came from, in full; nil for what is no URL.
    static func resolve(_ location: String, against base: String) -> String? {
        guard let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        guard curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK,
            curl_url_set(url, CURLUPART_URL, location, 0) == CURLUE_OK
        else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
