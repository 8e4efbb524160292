using Whalescale.Benchmarks.Contests;
using Whalescale.Benchmarks.Harness;

if (Arguments.TryParse(args, out Arguments arguments, out string complaint))
    return CryptoCommand.Run(arguments);
Console.Error.WriteLine($"{complaint} ./bench alone says what there is.");
return 2;
