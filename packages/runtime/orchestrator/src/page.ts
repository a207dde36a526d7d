export { runsPage, type RunsPageOptions } from './page/runs-page.ts'
