// Loaded into each child process: ends it when the demo is gone, however the demo ended.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
