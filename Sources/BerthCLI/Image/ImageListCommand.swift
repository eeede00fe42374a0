import ArgumentParser
import BerthAPI
import BerthClient

struct ImageListCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List images", usage: "berth image ls [OPTIONS] [REPOSITORY[:TAG]]",
        aliases: ["list"])

    @OptionGroup var options: ImageListOptions

    func execute(_ context: CommandContext) throws { try options.show(context) }
}

struct ImagesCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "List images", usage: "berth images [OPTIONS] [REPOSITORY[:TAG]]")

    @OptionGroup var options: ImageListOptions

    func execute(_ context: CommandContext) throws { try options.show(context) }
}

struct ImageListOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show all images (there are no hidden ones)")
    var all = false
    @Flag(help: "Show digests")
    var digests = false
    @OptionGroup var list: ListOptions
    @Argument(help: ArgumentHelp("Only images of this repository", valueName: "repository[:tag]"))
    var repository: String?

    func show(_ context: CommandContext) throws {
        var filters = try list.filterValues() ?? [:]
        if let repository { filters["reference", default: []].append(repository) }
        let images = try context.client().call(ImageList(filters: filters.isEmpty ? nil : filters))
        let style = list.style(context)
        if list.quiet, list.format == nil {
            // An image with several references is one image.
            return context.write(try Listing.render(images.compactMap { ImageRow.rows($0).first }, style))
        }
        let rows = images.flatMap { ImageRow.rows($0) }
        context.write(
            try digests ? Listing.render(rows.map(DigestImageRow.init), style) : Listing.render(rows, style))
    }
}
