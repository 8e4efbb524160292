namespace Whalescale.Agent.Persistence;

/// <summary>Kinds of trouble with a file of ours; decide the exit code.</summary>
internal enum StateFileFault
{
    Missing,

    /// <summary>It may not be read or written, or others may: exit code 5.</summary>
    Permission,

    /// <summary>Its content is not what it should be; it is never overwritten for that.</summary>
    Content,

    /// <summary>The disk or file system failed.</summary>
    Failed,
}

/// <summary>A file or directory of ours cannot be used; the message says why and what to do.</summary>
internal sealed class StateFileException(StateFileFault fault, string message, Exception? inner = null)
    : IOException(message, inner)
{
    public StateFileFault Fault => fault;

    /// <summary>Puts an error of the system into words.</summary>
    public static StateFileException From(Exception error, string path, string what) => error switch
    {
        StateFileException own => own,
        UnauthorizedAccessException => new StateFileException(
            StateFileFault.Permission, $"{path}: {what} is not permitted; run as the owner, or with sudo", error),
        FileNotFoundException or DirectoryNotFoundException =>
            new StateFileException(StateFileFault.Missing, $"{path}: there is no such file or directory", error),
        _ => new StateFileException(StateFileFault.Failed, $"{path}: {what} failed: {error.Message}", error),
    };

    /// <summary>Whether this is an error of a file system, as the base class library reports them.</summary>
    public static bool IsOfFileSystem(Exception error) => error is IOException or UnauthorizedAccessException;
}
