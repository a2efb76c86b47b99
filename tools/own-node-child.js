// The command under the project's own Node, as a child of the process that `own-node.js` runs in. That one tells it
// which signals it got. A signal from the terminal goes to the whole process group, so this process has had it too and
// must not get it twice (a second Ctrl-C may mean more than the first): only one that did not come here within
// `grace` is raised here.
const grace = 200;

// Takes the arguments, and a password among them, out of the process list.
process.title = 'fast-export';

const received = { SIGINT: 0, SIGTERM: 0, SIGHUP: 0 };
const told = { SIGINT: 0, SIGTERM: 0, SIGHUP: 0 };

for (const signal of Object.keys(received)) {
  process.on(signal, () => {
    received[signal]++;
    // Where the command does not listen (yet), the signal ends it as if nobody did.
    if (process.listenerCount(signal) > 1) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

process.on('message', (signal) => {
  told[signal]++;
  setTimeout(() => {
    if (received[signal] < told[signal]) process.kill(process.pid, signal);
  }, grace);
});

// The parent was killed: nobody waits for the result any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel.unref();

const { runProgram } = await import('../bin/program.js');
await runProgram(process.argv.slice(2));
