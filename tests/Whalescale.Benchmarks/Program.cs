using Whalescale.Benchmarks.Contests;
using Whalescale.Benchmarks.DataPath;
using Whalescale.Benchmarks.Harness;
using Whalescale.Benchmarks.Micro;

if (args is ["datapath", ..]) return DatapathCommand.Run(args.AsSpan(1));
if (args is [Forwarder.Command, ..]) return Forwarder.Run(args.AsSpan(1));
if (Arguments.TryParse(args, out Arguments arguments, out string complaint))
    return arguments.Command == "crypto" ? CryptoCommand.Run(arguments) : MicroCommand.Run(arguments);
Console.Error.WriteLine($"{complaint} ./bench alone says what there is.");
return 2;
