/// A folder of JPEG and PNG images.
enum ImageFolder {
    static func open(
        path: String, name: String, preprocessing: Preprocessing = Preprocessing(),
        labels: DataDescription.FolderLabels? = nil, classes: ClassList = ClassList()
    ) throws(DataSetError) -> DataSet {
        throw DataSetError(path: path, what: "folders of images are not read yet")
    }
}
