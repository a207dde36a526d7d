import { signs } from './signs.js'

const column = 250
const row = 70
const width = 192
const height = 54
const most = 1000
const letters = 20

const byId = (id) => document.getElementById(id)
const runs = byId('runs')
const head = byId('head')
const canvas = byId('canvas')
const arrows = byId('arrows')
const writing = byId('writing')
const details = byId('details')

/** An element with text alone: nothing that a run says becomes markup. */
const element = (name, { text, ...properties } = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties)
  if (text !== undefined) made.textContent = text
  made.append(...children)
  return made
}

const isGoing = ({ state }) => ['running', 'cancelling', 'queued'].includes(state)
const words = (state) => state.replace('_', ' ')

const duration = (milliseconds) => {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds} s`
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const count = (number, noun) => `${number.toLocaleString()} ${noun}${number === 1 ? '' : 's'}`

let chosenRun = ''
let chosenNode = ''
let view
let source
const nodes = new Map()

/** Rows of a level in the order of what they come from, so that few arrows cross. */
const places = (all) => {
  const levels = []
  for (const node of all) (levels[node.level] ??= []).push(node)
  const at = new Map()
  for (const level of levels) {
    const wish = (node) => {
      const rows = node.dependsOn.flatMap((id) => at.get(id)?.row ?? [])
      return rows.length === 0 ? 0 : rows.reduce((sum, one) => sum + one, 0) / rows.length
    }
    const sorted = level?.toSorted((a, b) => wish(a) - wish(b)) ?? []
    for (const [index, node] of sorted.entries()) at.set(node.id, { row: index, level: node.level })
  }
  return at
}

const curve = (from, to) => {
  const [x1, y1] = [from.level * column + width, from.row * row + height / 2]
  const [x2, y2] = [to.level * column - 7, to.row * row + height / 2]
  const bend = (x2 - x1) / 2
  return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`
}

const svg = (name, attributes) => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

const drawArrows = (all, at) => {
  const marker = svg('marker', {
    id: 'tip',
    viewBox: '0 0 8 8',
    refX: 4,
    refY: 4,
    markerWidth: 6,
    markerHeight: 6,
    orient: 'auto',
  })
  marker.append(svg('path', { d: 'M0,0L8,4L0,8z' }))
  const paths = all.flatMap((node) =>
    node.dependsOn.flatMap((id) => {
      const [from, to] = [at.get(id), at.get(node.id)]
      if (!from || !to) return []
      const path = svg('path', { d: curve(from, to), 'marker-end': 'url(#tip)' })
      if ([id, node.id].includes(chosenNode)) path.setAttribute('class', 'of-chosen')
      return [path]
    }),
  )
  arrows.replaceChildren(marker, ...paths)
}

/** What is written inside a node now; its end. */
const textOf = ({ id }) => (Object.hasOwn(view.writing, id) ? view.writing[id] : '')

/** The end of a text in one line of a card. */
const endOf = (text) => {
  const line = text.trim().replaceAll(/\s+/g, ' ')
  return line.length > letters ? `…${line.slice(1 - letters)}` : line
}

const noteOf = (node) =>
  [
    words(node.state),
    node.attempts > 1 ? `try ${node.attempts}` : '',
    node.unknown > 0 ? `${node.unknown} unknown` : '',
    node.tokens > 0 ? `${node.tokens.toLocaleString()} tok` : '',
  ]
    .filter(Boolean)
    .join(' · ')

const choose = (id) => {
  chosenNode = chosenNode === id ? '' : id
  draw()
}

/** The buttons stay the same ones, so that the focus stays where it is. */
const buttonOf = (node) => {
  const known = nodes.get(node.id)
  if (known) return known
  const sign = element('span', { className: 'sign', ariaHidden: 'true' })
  const button = element(
    'button',
    { type: 'button', className: 'node' },
    sign,
    element('span', { className: 'name', text: node.by && node.kind === 'tool' ? node.by : node.id }),
    element('span', { className: 'note' }),
  )
  button.addEventListener('click', () => choose(node.id))
  button.addEventListener('keydown', (event) => move(event, node.id))
  nodes.set(node.id, button)
  canvas.append(button)
  return button
}

/** Arrow keys go to the nearest node that way. */
const move = (event, id) => {
  const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key]
  if (!step || !view) return
  const at = places(shownOf(view.nodes))
  const from = at.get(id)
  const wanted = { level: from.level + step[0], row: from.row + step[1] }
  const there = [...at].filter(([, { level }]) => level === wanted.level)
  const [next] = there.toSorted(([, a], [, b]) => Math.abs(a.row - wanted.row) - Math.abs(b.row - wanted.row))
  if (!next || next[0] === id) return
  event.preventDefault()
  nodes.get(next[0])?.focus()
}

const drawNodes = (all, at) => {
  const ids = new Set(all.map(({ id }) => id))
  for (const [id, button] of nodes)
    if (!ids.has(id)) {
      button.remove()
      nodes.delete(id)
    }
  for (const node of all) {
    const button = buttonOf(node)
    const { level, row: line } = at.get(node.id)
    button.style.left = `${level * column}px`
    button.style.top = `${line * row}px`
    button.dataset.state = node.state
    button.ariaPressed = String(node.id === chosenNode)
    button.title = node.id
    const [sign, , note] = button.children
    sign.textContent = signs[node.state] ?? ''
    note.textContent = endOf(textOf(node)) || noteOf(node)
  }
  const levels = Math.max(0, ...all.map((node) => node.level + 1))
  const rows = Math.max(0, ...[...at.values()].map(({ row: line }) => line + 1))
  const [wide, high] = [Math.max(0, (levels - 1) * column + width), Math.max(0, (rows - 1) * row + height)]
  canvas.style.width = `${wide}px`
  canvas.style.height = `${high}px`
  arrows.setAttribute('width', wide)
  arrows.setAttribute('height', high)
}

const closeDetails = () => {
  const button = nodes.get(chosenNode)
  choose(chosenNode)
  button?.focus()
}

/** Texts change in place, so that a selection and the focus stay while a run goes on. */
const drawDetails = () => {
  const node = view.nodes.find(({ id }) => id === chosenNode)
  details.hidden = !node
  if (!node) return details.replaceChildren()
  const text = textOf(node)
  const facts = [
    ['State', noteOf(node)],
    ['By', node.by],
    ['After', node.dependsOn.join(', ')],
    ['Asked', node.input],
    ['Error', node.error],
    ['Gave', node.output],
    ['Writes now', text],
    ['Wrote last', node.output === undefined && text === '' ? node.lastText : undefined],
  ].filter(([, fact]) => fact)
  const shape = JSON.stringify([node.id, facts.map(([name]) => name)])
  if (details.dataset.shape !== shape || !details.hasChildNodes()) {
    const close = element('button', { type: 'button', text: '×', ariaLabel: 'Close details' })
    close.addEventListener('click', closeDetails)
    const list = element(
      'dl',
      {},
      ...facts.flatMap(([name]) => [element('dt', { text: name }), element('dd')]),
    )
    details.replaceChildren(element('header', {}, element('h2', { text: node.id }), close), list)
    details.dataset.shape = shape
  }
  for (const [index, place] of [...details.querySelectorAll('dd')].entries()) {
    const [, fact] = facts[index]
    if (place.textContent !== fact) place.textContent = fact
  }
}

/** The last lines of what is written in each node. */
const drawWriting = () => {
  const going = view.nodes.filter((node) => textOf(node) !== '')
  writing.hidden = going.length === 0
  const shape = JSON.stringify(going.map(({ id }) => id))
  if (writing.dataset.shape !== shape)
    writing.replaceChildren(
      ...going.map(({ id }) => {
        const button = element('button', { type: 'button', text: id })
        button.addEventListener('click', () => choose(id))
        return element('article', {}, button, element('div', {}, element('p')))
      }),
    )
  writing.dataset.shape = shape
  for (const [index, place] of [...writing.querySelectorAll('p')].entries())
    place.textContent = textOf(going[index]).replaceAll(/\n\s*\n/g, '\n')
}

const drawHead = () => {
  const { name, runId, state, createdAt, endedAt, usage, modelCalls, unknown, pending, error, lastText } =
    view
  const took = duration((endedAt ?? Date.now()) - createdAt)
  const used = `${count(usage.inputTokens + usage.outputTokens, 'token')} in ${count(modelCalls, 'model call')}`
  const badge = element('span', { className: 'state', text: `${signs[state] ?? ''} ${words(state)}` })
  badge.dataset.state = state
  const facts = element('p', {}, badge, ` · ${took} · ${used}`)
  if (unknown > 0)
    facts.append(' · ', element('span', { className: 'doubt', text: count(unknown, 'unknown effect') }))
  const waits = pending.map((call) =>
    element('p', { text: `Waits for an approval: ${call.name} (${call.callId})` }),
  )
  const last = error ?? lastText
  head.replaceChildren(
    element('h2', { text: name }),
    facts,
    element('p', { text: runId }),
    ...waits,
    ...(last ? [element('p', { className: 'last', text: last })] : []),
  )
}

/** More than a browser can hold are not drawn: those that a person looks for are. */
const shownOf = (all) => {
  if (all.length <= most) return all
  const urgent = ['paused', 'failed', 'unknown', 'running', 'retrying', 'interrupted']
  const others = all.filter(({ state }) => !urgent.includes(state))
  const kept = new Set([...all.filter(({ state }) => urgent.includes(state)), ...others].slice(0, most))
  return all.filter((node) => kept.has(node))
}

const draw = () => {
  if (!view) return
  const shown = shownOf(view.nodes)
  const at = places(shown)
  drawHead()
  if (shown.length < view.nodes.length)
    head.append(element('p', { text: `${shown.length} of ${count(view.nodes.length, 'task')} are drawn` }))
  drawNodes(shown, at)
  drawArrows(shown, at)
  drawWriting()
  drawDetails()
}

const open = (runId) => {
  chosenRun = runId
  chosenNode = ''
  history.replaceState(null, '', `#${encodeURIComponent(runId)}`)
  source?.close()
  source = new EventSource(`api/runs/${encodeURIComponent(runId)}/events`)
  source.addEventListener('message', ({ data }) => {
    view = JSON.parse(data)
    draw()
  })
  source.addEventListener('writing', ({ data }) => {
    if (!view) return
    view = { ...view, writing: JSON.parse(data) }
    const shown = shownOf(view.nodes)
    drawNodes(shown, places(shown))
    drawWriting()
    drawDetails()
  })
  // The end is the end: without this the browser would ask again.
  source.addEventListener('end', () => source.close())
  markRuns()
}

const markRuns = () => {
  for (const button of runs.querySelectorAll('button')) {
    const isChosen = button.dataset.run === chosenRun
    button.ariaCurrent = String(isChosen)
    if (isChosen) button.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }
}

const buttonOfRun = ({ runId, name, state, updatedAt, unknown }) => {
  const badge = element('span', { className: 'state', text: `${signs[state] ?? ''} ${words(state)}` })
  badge.dataset.state = state
  const doubt = unknown > 0 ? ` · ${unknown} unknown` : ''
  const button = element(
    'button',
    { type: 'button', title: runId },
    element('span', { className: 'name', text: name }),
    element(
      'span',
      { className: 'note' },
      badge,
      ` · ${new Date(updatedAt).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' })}${doubt}`,
    ),
    element('span', { className: 'note', text: runId }),
  )
  button.dataset.run = runId
  button.addEventListener('click', () => open(runId))
  return element('li', {}, button)
}

let listed = ''
const list = async () => {
  const response = await fetch('api/runs')
  const text = await response.text()
  if (text !== listed) {
    listed = text
    const focused = document.activeElement?.dataset?.run
    const all = JSON.parse(text)
    runs.replaceChildren(...all.map(buttonOfRun))
    if (all.length === 0) head.replaceChildren(element('p', { text: 'No runs are recorded yet.' }))
    for (const button of runs.querySelectorAll('button')) if (button.dataset.run === focused) button.focus()
    const wanted = decodeURIComponent(location.hash.slice(1))
    const first = all.find(({ runId }) => runId === wanted) ?? all.find(isGoing) ?? all[0]
    // A run that goes on after it had ended is followed again.
    const again =
      source?.readyState === EventSource.CLOSED && all.some((run) => run.runId === chosenRun && isGoing(run))
    if (chosenRun === '' && first) open(first.runId)
    else if (again) open(chosenRun)
    markRuns()
  }
}

const forever = async () => {
  await list().catch(() => {})
  setTimeout(() => void forever(), 3000)
}
setInterval(() => view && view.endedAt === undefined && draw(), 1000)
void forever()
