/** For programs of ours in processes of their own: the workspace's packages and our files are TypeScript. */
export const execArgv = ['--conditions=millrace-source', '--import', 'tsx']
