import { join, relative } from 'node:path'
import ts from 'typescript'
import { type Document, projectOf, root, type SourceFile } from '../documents.ts'
import { extract } from './extract.ts'

/** The repository's own settings, for files that may be a server's or a page's. */
function compilerOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'))
  const { options } = ts.parseJsonConfigFileContent(
    {
      ...config,
      compilerOptions: {
        ...config.compilerOptions,
        composite: false,
        declaration: false,
        emitDeclarationOnly: false,
        noEmit: true,
        jsx: 'react-jsx',
        lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
        types: ['node'],
      },
      files: [],
    },
    ts.sys,
    root,
  )
  return options
}

/** The compiler's complaints about the samples of each document, each with the line of the document. */
export function typeCheck(documents: readonly Document[]): ReadonlyMap<Document, readonly string[]> {
  const faults = new Map<Document, string[]>()
  const sources = new Map<string, { readonly document: Document; readonly file: SourceFile }>()
  const extracted = documents.map((document) => {
    const project = projectOf(document)
    faults.set(document, [...project.faults])
    const place = extract(`types-${document.name}`, project.files)
    for (const file of project.files) sources.set(join(place.folder, file.name), { document, file })
    return place
  })
  try {
    const program = ts.createProgram([...sources.keys()], compilerOptions())
    for (const diagnostic of [...program.getOptionsDiagnostics(), ...ts.getPreEmitDiagnostics(program)]) {
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
      const source = diagnostic.file && sources.get(diagnostic.file.fileName)
      if (diagnostic.file === undefined || source === undefined)
        throw new Error(`${diagnostic.file === undefined ? 'settings' : relative(root, diagnostic.file.fileName)}: ${text}`)
      const { document, file } = source
      const line = file.lines[diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line]
      faults.get(document)?.push(`${file.document}:${line} (${file.name}): ${text}`)
    }
  } finally {
    for (const { remove } of extracted) remove()
  }
  return faults
}
