// The reference page of the configuration, made of its JSON Schema: one section for each object, one row for each setting.

const INTRO = `# Configuration

This page is made from the schema that checks configurations. \`npm run build\` writes it again.

A configuration has the same shape in TypeScript, JavaScript, JSON and YAML. \`fetchgate serve\` reads
\`fetchgate.config.{ts,js,mjs,json,yaml,yml}\` of the working directory, or the file that \`--config\` names. In code,
\`createGateway\` and \`start\` take it as a value.

\`\`\`ts
import { defineConfig } from 'fetchgate'

export default defineConfig({
  upstreams: { app: { targets: ['http://127.0.0.1:3001', 'http://127.0.0.1:3002'] } },
  routes: [{ path: '/*', upstream: 'app' }],
})
\`\`\`

- \`fetchgate check\` reads a configuration and reports every fault at once: the path, and what to write instead. An
  unknown setting is a fault.
- Durations are texts: \`"250ms"\`, \`"5s"\`, \`"1m"\`, \`"1h"\`, \`"1d"\`. Sizes are texts too: \`"512B"\`, \`"64KiB"\`, \`"4MiB"\`, \`"1GiB"\`.
- In a configuration file, \`\${NAME}\` in any text is replaced from the environment. A name that is not set is a fault.
  \`$\${\` stands for \`\${\`.
- Editors that understand JSON Schema find it at \`fetchgate/schema.json\`.

A setting in **bold** has to be there. Every other one may be left out.
`

/** The whole page. The same schema always gives the same text. */
export function referencePage(schema) {
  return [INTRO, ...sections(schema).map(sectionText)].join('\n')
}

/** Every object of the schema with its place, in the order of writing. Objects that are alike share the first one's section. */
function sections(schema) {
  const found = []
  const visit = (node, place) => {
    for (const { object, where } of objectsIn(node, place)) {
      if (found.some((section) => sameObject(section.object, object))) continue
      found.push({ place: where, object })
      for (const [name, setting] of Object.entries(object.properties)) visit(setting, where === '' ? name : `${where}.${name}`)
    }
  }
  visit(schema, '')
  const linkTo = (object) => anchor(found.find((section) => sameObject(section.object, object)).place)
  return found.map((section) => ({ ...section, linkTo }))
}

/** Objects with settings of their own directly in a node: as it is, in a list, under names, or as one of several forms. */
function objectsIn(node, where) {
  if (node.anyOf) return node.anyOf.flatMap((form) => objectsIn(form, where))
  if (node.type === 'array') return objectsIn(node.items, where.endsWith('[]') ? where : `${where}[]`)
  if (node.properties) return [{ object: node, where }]
  return typeof node.additionalProperties === 'object' ? objectsIn(node.additionalProperties, `${where}.<name>`) : []
}

function sameObject(a, b) {
  return JSON.stringify(a.properties) === JSON.stringify(b.properties)
}

function sectionText({ place, object, linkTo }) {
  const required = object.required ?? []
  const rows = Object.entries(object.properties).map(([name, setting]) => {
    const shown = required.includes(name) ? `**\`${name}\`**` : `\`${name}\``
    return `| ${shown} | ${cell(typeText(setting, linkTo))} | ${cell(setting.description ?? '')} |`
  })
  return [`## ${place === '' ? 'The whole' : `\`${place}\``}`, '', '| setting | type | meaning |', '|---|---|---|', ...rows, ''].join('\n')
}

function typeText(node, linkTo) {
  if (node.anyOf) return [...new Set(node.anyOf.map((form) => typeText(form, linkTo)))].join(' or ')
  if (node.enum) return node.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ')
  if (node.type === 'array') return `list of ${plural(node.items, linkTo)}`
  if (node.properties) return `[object](#${linkTo(node)})`
  if (node.type === 'object') return `names to ${plural(node.additionalProperties, linkTo)}`
  return scalarText(node)
}

function plural(node, linkTo) {
  if (node.anyOf) return [...new Set(node.anyOf.map((form) => plural(form, linkTo)))].join(' or ')
  if (node.properties) return `[objects](#${linkTo(node)})`
  return node.enum || node.type === 'array' || node.type === 'object' ? typeText(node, linkTo) : `${scalarText(node)}s`
}

function scalarText({ title, type, minimum, maximum }) {
  if (title) return title
  if (type === 'boolean') return 'true or false'
  if (type === 'string') return 'text'
  return minimum === undefined ? 'number' : maximum === undefined ? `number from ${minimum}` : `number ${minimum} to ${maximum}`
}

/** GitHub's anchor of a section's heading. */
function anchor(place) {
  return place === '' ? 'the-whole' : place.toLowerCase().replace(/[^\w-]/g, '')
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
